//! HTTP/1.1 on the wire, written by hand: names keep their case and order, and faults can break any byte.

mod read;
mod script;

pub(crate) use read::Reader;
pub(crate) use script::{Act, compose};

use std::fmt::Write as _;

use crate::message::{Framing, Reply, Request};

/// Whether the connection stays open after the answer (RFC 9112 §9.3).
pub(crate) fn keeps_alive(request: &Request) -> bool {
    !request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

/// The bytes of a whole answer.
pub(crate) fn encode(reply: &Reply, is_head: bool, keeps_alive: bool) -> Vec<u8> {
    let mut bytes = head(reply, keeps_alive).into_bytes();
    if !is_head {
        bytes.extend_from_slice(&reply.body);
    }
    bytes
}

/// The head of an answer with its body's length, up to and with the empty line.
fn head(reply: &Reply, keeps_alive: bool) -> String {
    let reason = http::StatusCode::from_u16(reply.status).ok().and_then(|status| status.canonical_reason());
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason.unwrap_or_default());
    let (length, connection) = match reply.framing {
        Framing::Lower => ("content-length", "connection"),
        Framing::Title => ("Content-Length", "Connection"),
    };
    for (name, value) in &reply.headers {
        write(&mut head, name, value);
    }
    // RFC 9110 §8.6: a server MUST NOT send Content-Length with a status of 1xx or 204.
    if reply.status != 204 {
        write(&mut head, length, &reply.body.len().to_string());
    }
    if !keeps_alive {
        write(&mut head, connection, "close");
    }
    head.push_str("\r\n");
    head
}

fn write(head: &mut String, name: &str, value: &str) {
    write!(head, "{name}: {value}\r\n").expect("writing to a string");
}
