//! An answer as a list of acts on the connection: where wire faults are made.

use std::time::Duration;

use super::{encode, head, write};
use crate::fault::{Cut, Wire};
use crate::message::{Framing, Reply};

/// One thing to do with a connection.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Act {
    Send(Vec<u8>),
    /// Wait, by the kit's clock.
    Pause(Duration),
    Cut(Cut),
    /// Let the next request begin to arrive, then reset.
    ResetOnNext,
}

/// What to do for an answer that goes wrong in that way.
pub(crate) fn compose(reply: &Reply, wire: &Wire, is_head: bool, keeps_alive: bool) -> Vec<Act> {
    let whole = || encode(reply, is_head, keeps_alive);
    let cut_at = |bytes: Vec<u8>, at: usize, cut| {
        let at = at.min(bytes.len());
        vec![Act::Send(bytes[..at].to_vec()), Act::Cut(cut)]
    };
    match wire {
        Wire::Whole => vec![Act::Send(whole())],
        Wire::Drip { size, pause } => drip(reply, *size, *pause, keeps_alive),
        Wire::Pause { at, pause } => {
            let mut bytes = whole();
            let rest = bytes.split_off((*at).min(bytes.len()));
            vec![Act::Send(bytes), Act::Pause(*pause), Act::Send(rest)]
        }
        Wire::Cut { at, cut } => cut_at(whole(), *at, *cut),
        Wire::CutBody { at, cut } => {
            let head = whole().len() - if is_head { 0 } else { reply.body.len() };
            cut_at(whole(), head + at, *cut)
        }
        Wire::Garbage => {
            vec![Act::Send(b"\x16\x03\x01 this is no HTTP\r\n\r\n".to_vec()), Act::Cut(Cut::Close)]
        }
        Wire::BadChunk => broken_chunks(reply, b"zz\r\nwhat?\r\n"),
        Wire::CutChunks => broken_chunks(reply, b""),
        Wire::DoubledLength => {
            let text = String::from_utf8_lossy(&whole()).into_owned();
            let second = format!("\r\nContent-Length: {}\r\n", reply.body.len() + 1);
            vec![Act::Send(text.replacen("\r\n", &second, 1).into_bytes()), Act::Cut(Cut::Close)]
        }
        Wire::ResetOnNext => vec![Act::Send(encode(reply, is_head, true)), Act::ResetOnNext],
    }
}

/// The body in chunks, each a write of its own.
fn drip(reply: &Reply, size: usize, pause: Duration, keeps_alive: bool) -> Vec<Act> {
    let mut acts = vec![Act::Send(chunked_head(reply, keeps_alive))];
    for part in reply.body.chunks(size) {
        acts.push(Act::Pause(pause));
        acts.push(Act::Send(chunk(part)));
    }
    acts.push(Act::Send(b"0\r\n\r\n".to_vec()));
    acts
}

/// Half of the body as a chunk, and then something else than the rest.
fn broken_chunks(reply: &Reply, end: &[u8]) -> Vec<Act> {
    let half = &reply.body[..reply.body.len().div_ceil(2)];
    let bytes = [&chunked_head(reply, false), &chunk(half), end].concat();
    vec![Act::Send(bytes), Act::Cut(Cut::Close)]
}

fn chunk(part: &[u8]) -> Vec<u8> {
    // A chunk of no bytes would be the last one.
    if part.is_empty() {
        Vec::new()
    } else {
        [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat()
    }
}

fn chunked_head(reply: &Reply, keeps_alive: bool) -> Vec<u8> {
    let whole = head(reply, false, keeps_alive);
    let is_length = |line: &&str| line.to_ascii_lowercase().starts_with("content-length:");
    let mut head = String::new();
    for line in whole.trim_end().split("\r\n").filter(|line| !is_length(line)) {
        head.push_str(line);
        head.push_str("\r\n");
    }
    let name = if reply.framing == Framing::Title { "Transfer-Encoding" } else { "transfer-encoding" };
    write(&mut head, name, "chunked");
    head.push_str("\r\n");
    head.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply() -> Reply {
        let mut reply = Reply::empty(200, Framing::Title);
        reply.body = b"0123456789".to_vec();
        reply
    }

    fn sent(wire: &Wire) -> String {
        let acts = compose(&reply(), wire, false, true);
        let bytes: Vec<u8> = acts
            .into_iter()
            .filter_map(|act| if let Act::Send(bytes) = act { Some(bytes) } else { None })
            .flatten()
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn a_dripping_body_is_chunked_and_whole() {
        let text = sent(&Wire::Drip { size: 4, pause: Duration::ZERO });
        assert!(text.ends_with("\r\n\r\n4\r\n0123\r\n4\r\n4567\r\n2\r\n89\r\n0\r\n\r\n"), "{text}");
        assert!(!text.contains("Content-Length"), "{text}");
    }

    #[test]
    fn a_cut_in_the_body_counts_from_its_first_byte() {
        assert!(sent(&Wire::CutBody { at: 3, cut: Cut::Close }).ends_with("\r\n\r\n012"));
        assert_eq!(sent(&Wire::Cut { at: 8, cut: Cut::Reset }), "HTTP/1.1");
    }

    #[test]
    fn a_doubled_length_contradicts_itself() {
        let text = sent(&Wire::DoubledLength);
        assert!(text.contains("Content-Length: 11\r\n") && text.contains("Content-Length: 10\r\n"), "{text}");
    }
}
