//! HTTP/1.1 on the wire, written by hand: names keep their case and order, and faults can break any byte.

mod read;
mod script;

pub(crate) use read::Reader;
pub(crate) use script::{Act, compose};

use std::fmt::Write as _;

use crate::message::{Framing, Order, Reply, Request};

/// Whether the connection stays open after the answer (RFC 9112 §9.3).
pub(crate) fn keeps_alive(request: &Request) -> bool {
    !request.is_http_1_0
        && !request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

/// The bytes of a whole answer.
pub(crate) fn encode(reply: &Reply, is_head: bool, keeps_alive: bool) -> Vec<u8> {
    let mut bytes = head(reply, is_head, keeps_alive).into_bytes();
    if !is_head {
        bytes.extend_from_slice(&reply.body);
    }
    bytes
}

/// The head of an answer with its body's length, up to and with the empty line.
fn head(reply: &Reply, is_head: bool, keeps_alive: bool) -> String {
    let reason = http::StatusCode::from_u16(reply.status).ok().and_then(|status| status.canonical_reason());
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason.unwrap_or_default());
    let (length, connection, after, order) = match reply.framing {
        Framing::Lower { after, order } => ("content-length", "connection", after, order),
        Framing::Title => ("Content-Length", "Connection", usize::MAX, Order::LengthFirst),
    };
    let is_lengthless = is_head && reply.framing != Framing::Title;
    let after = if is_lengthless { usize::MAX } else { after.min(reply.headers.len()) };
    let frame = |head: &mut String| {
        if order == Order::ConnectionFirst && !keeps_alive {
            write(head, connection, "close");
        }
        // RFC 9110 §8.6: a server MUST NOT send Content-Length with a status of 1xx or 204.
        if reply.status != 204 && !is_lengthless {
            write(head, length, &reply.body.len().to_string());
        }
        if order == Order::LengthFirst && !keeps_alive {
            write(head, connection, "close");
        }
    };
    for (place, (name, value)) in reply.headers.iter().enumerate() {
        if place == after {
            frame(&mut head);
        }
        write(&mut head, name, value);
    }
    if after >= reply.headers.len() {
        frame(&mut head);
    }
    head.push_str("\r\n");
    head
}

fn write(head: &mut String, name: &str, value: &str) {
    write!(head, "{name}: {value}\r\n").expect("writing to a string");
}
