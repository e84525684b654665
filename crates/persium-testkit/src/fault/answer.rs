//! What a faulty answer says.

use std::fmt;
use std::io::Write as _;
use std::time::Duration;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use http::StatusCode;
use serde::Serialize;

use crate::api;
use crate::message::{Framing, Reply};
use crate::route::Route;

/// The body of a status that replaces an answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum FaultBody {
    /// `{"error":"…"}`, as the endpoint's own errors.
    #[default]
    Json,
    /// A page, as a proxy's.
    Html,
    /// No byte, and no type.
    Empty,
    /// No byte, and `Content-Encoding: gzip`: as from a middleware that was there for a body.
    EmptyGzip,
    /// JSON of a shape that nobody expects.
    Mistyped,
}

/// `Retry-After` in its forms (RFC 9110 §10.2.3), and out of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u64),
    /// A date, that long from now by the kit's clock.
    DateIn(Duration),
    /// A date that has been.
    DateAgo(Duration),
    /// Anything else.
    Text(&'static str),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Answer {
    #[default]
    Right,
    Status {
        status: StatusCode,
        body: FaultBody,
        retry_after: Option<RetryAfter>,
    },
    Redirect(String),
    /// A member replaced, or left out.
    Edited {
        name: String,
        json: Option<String>,
    },
    InvalidUtf8,
    HugeHeader(usize),
    /// By a name that the encoding goes by.
    Gzip(String),
    GzipBomb(usize),
    BrokenGzip,
}

#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
}

impl RetryAfter {
    /// The header's value. `now` in seconds since the Unix epoch.
    pub(crate) fn value(self, now: i64) -> String {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX / 2);
        match self {
            Self::Seconds(seconds) => seconds.to_string(),
            Self::DateIn(by) => api::http_date(now.saturating_add(seconds(by))),
            Self::DateAgo(by) => api::http_date(now.saturating_sub(seconds(by))),
            Self::Text(text) => text.to_owned(),
        }
    }
}

impl Answer {
    pub(super) fn replacement(&self, route: Route, now: i64) -> Option<Reply> {
        let framing = if route.is_api() { Framing::Title } else { Framing::LOWER };
        if let Self::Redirect(to) = self {
            return Some(Reply::empty(302, framing).with_header("Location", to.clone()));
        }
        let Self::Status { status, body, retry_after } = self else { return None };
        let reply = Reply::empty(status.as_u16(), framing);
        let mut reply = match body {
            FaultBody::Json => {
                let error = status.canonical_reason().unwrap_or("fault");
                reply.with_header("Content-Type", "application/json").with_json(&ErrorBody { error })
            }
            FaultBody::Html => {
                let mut reply = reply.with_header("Content-Type", "text/html");
                reply.body = format!(
                    "<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
                )
                .into_bytes();
                reply
            }
            FaultBody::Empty => reply,
            FaultBody::EmptyGzip => reply.with_header("Content-Encoding", "gzip"),
            FaultBody::Mistyped => {
                reply.with_header("Content-Type", "application/json").with_json(&[[1, 2], [3, 4]])
            }
        };
        if let Some(retry_after) = retry_after {
            reply = reply.with_header("Retry-After", retry_after.value(now));
        }
        Some(reply)
    }

    pub(super) fn edit(&self, reply: &mut Reply) {
        match self {
            Self::Right | Self::Status { .. } | Self::Redirect(_) => {}
            Self::Edited { name, json } => reply.body = edited(&reply.body, name, json.as_deref()),
            Self::InvalidUtf8 => {
                let middle = reply.body.iter().position(|byte| *byte == b'"').map_or(0, |at| at + 1);
                reply.body.splice(middle..middle, [0xff, 0xfe, 0xc0, 0x80]);
            }
            Self::HugeHeader(bytes) => reply.headers.push(("X-Huge".into(), "x".repeat(*bytes).into())),
            Self::Gzip(name) => {
                reply.headers.push(("Content-Encoding".into(), name.clone().into()));
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(&reply.body).expect("writing to a vector");
                reply.body = encoder.finish().expect("writing to a vector");
            }
            Self::GzipBomb(bytes) => {
                reply.headers.push(("Content-Encoding".into(), "gzip".into()));
                reply.body = bomb(*bytes);
            }
            // The body as it is: JSON.
            Self::BrokenGzip => reply.headers.push(("Content-Encoding".into(), "gzip".into())),
        }
    }
}

/// In words, for journals.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right => f.write_str("the right answer"),
            Self::Status { status, body, retry_after: None } => write!(f, "{status} ({body:?})"),
            Self::Status { status, body, retry_after: Some(after) } => {
                write!(f, "{status} ({body:?}), Retry-After {after:?}")
            }
            Self::Redirect(to) => write!(f, "302 to {to}"),
            Self::Edited { name, json: Some(json) } => write!(f, "{name} is {json}"),
            Self::Edited { name, json: None } => write!(f, "no {name}"),
            Self::InvalidUtf8 => f.write_str("invalid UTF-8"),
            Self::HugeHeader(bytes) => write!(f, "a header of {bytes} bytes"),
            Self::Gzip(name) => write!(f, "{name}"),
            Self::BrokenGzip => f.write_str("gzip that is none"),
            Self::GzipBomb(bytes) => write!(f, "a gzip bomb of {bytes} bytes"),
        }
    }
}

/// The same JSON object with one member replaced, added or left out; the others keep their order.
fn edited(body: &[u8], name: &str, json: Option<&str>) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        return body.to_vec();
    };
    let key = format!("\"{name}\":");
    let mut members: Vec<String> = members(inner).into_iter().map(str::to_owned).collect();
    let place = members.iter().position(|member| member.starts_with(&key));
    match (place, json) {
        (Some(place), Some(json)) => members[place] = key + json,
        (Some(place), None) => drop(members.remove(place)),
        (None, Some(json)) => members.push(key + json),
        (None, None) => {}
    }
    format!("{{{}}}", members.join(",")).into_bytes()
}

/// The members of an object without its braces: what commas outside of strings and brackets part.
fn members(inner: &str) -> Vec<&str> {
    let (mut members, mut start, mut depth) = (Vec::new(), 0, 0);
    let (mut is_string, mut is_escaped) = (false, false);
    for (at, character) in inner.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_string => is_escaped = true,
            '"' => is_string = !is_string,
            '{' | '[' if !is_string => depth += 1,
            '}' | ']' if !is_string => depth -= 1,
            ',' if !is_string && depth == 0 => {
                members.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(&inner[start..]);
    members
}

/// Blanks, packed. JSON allows as many as one likes before a value, so a parser cannot refuse them early.
///
/// One block of them is packed, and stands there as often as it takes: an answer that is slow to make is another fault.
fn bomb(bytes: usize) -> Vec<u8> {
    const BLOCK: usize = 1 << 20;
    // RFC 1952: the magic number, deflate, no flags, no time, slowest, unknown system.
    let (mut body, mut sum) = (vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255], Crc::new());
    for (length, times) in [(BLOCK, bytes / BLOCK), (bytes % BLOCK, 1)] {
        let (packed, its_sum) = packed(length);
        for _ in 0..times {
            body.extend(&packed);
            sum.combine(&its_sum);
        }
    }
    // RFC 1951: the last block, of fixed codes, which holds its end alone.
    body.extend([3, 0]);
    body.extend(sum.sum().to_le_bytes());
    body.extend(sum.amount().to_le_bytes());
    body
}

/// So many blanks as blocks of deflate that refer to nothing before them and end with a byte; and their checksum.
fn packed(length: usize) -> (Vec<u8>, Crc) {
    let blanks = vec![b' '; length];
    let (mut encoder, mut sum) = (DeflateEncoder::new(Vec::new(), Compression::best()), Crc::new());
    encoder.write_all(&blanks).and_then(|()| encoder.flush()).expect("writing to a vector");
    sum.update(&blanks);
    (encoder.get_ref().clone(), sum)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn one_member_is_replaced_left_out_or_added() {
        let body = br#"{"a":"x,\"y","b":{"c":[1,2]},"d":3}"#;
        let text = |name, json| String::from_utf8(edited(body, name, json)).unwrap();
        assert_eq!(text("b", Some("null")), r#"{"a":"x,\"y","b":null,"d":3}"#);
        assert_eq!(text("a", None), r#"{"b":{"c":[1,2]},"d":3}"#);
        assert_eq!(text("e", Some("1")), r#"{"a":"x,\"y","b":{"c":[1,2]},"d":3,"e":1}"#);
    }

    #[test]
    fn retry_after_comes_in_all_its_forms() {
        let now = 1_767_614_400;
        assert_eq!(RetryAfter::Seconds(5).value(now), "5");
        assert_eq!(RetryAfter::DateIn(Duration::from_secs(60)).value(now), "Mon, 05 Jan 2026 12:01:00 GMT");
        assert_eq!(RetryAfter::DateAgo(Duration::from_secs(60)).value(now), "Mon, 05 Jan 2026 11:59:00 GMT");
    }

    #[test]
    fn a_bomb_is_a_thousandth_of_what_it_unpacks_to() {
        for bytes in [0, 1, 1 << 20, (3 << 20) + 5] {
            let packed = bomb(bytes);
            assert!(packed.len() < 2048 * (1 + bytes / (1 << 20)), "{}", packed.len());
            let mut unpacked = Vec::new();
            let mut decoder = GzDecoder::new(packed.as_slice());
            decoder.read_to_end(&mut unpacked).unwrap();
            assert!(unpacked.len() == bytes && unpacked.iter().all(|byte| *byte == b' '));
            assert!(decoder.into_inner().is_empty(), "one member, whole");
        }
    }
}
