//! An answer without what differs from one run to the next: so that two can be compared to the byte.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::json::Json;
use super::mask;

/// What a server said, read off the socket.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Answer {
    /// Code and reason.
    pub status: String,
    /// In the order of the wire, each as `Name: value`.
    pub headers: Vec<String>,
    /// JSON where it is compact JSON, else text.
    #[serde(default = "no_body", skip_serializing_if = "is_no_body")]
    pub body: Json,
}

fn no_body() -> Json {
    Json::String(String::new())
}

fn is_no_body(body: &Json) -> bool {
    *body == no_body()
}

impl Answer {
    /// Reads and masks an answer of the server at `authority`.
    ///
    /// Nothing at all is an answer too: the connection was closed.
    #[must_use]
    pub fn parse(bytes: &[u8], authority: &str) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, rest) = end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 4..]));
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap_or_default();
        let status = status.strip_prefix("HTTP/1.1 ").unwrap_or(status).to_owned();
        let headers: Vec<_> = lines.filter_map(|line| line.split_once(':')).collect();
        let is_chunked = headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("transfer-encoding") && value.trim() == "chunked");
        let body = if is_chunked { unchunked(rest) } else { rest.to_vec() };
        let headers =
            headers.into_iter().map(|(name, value)| header(name, value.trim(), body.len(), authority));
        Self { status, headers: headers.collect(), body: read_body(&body, authority) }
    }

    /// The value of the first header of that name, however it is spelled.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.headers.iter().filter_map(|line| line.split_once(": "));
        pairs.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A length that is right is not worth a number: tokens differ in theirs.
fn header(name: &str, value: &str, length: usize, authority: &str) -> String {
    if name.eq_ignore_ascii_case("content-length") && value == length.to_string() {
        return format!("{name}: <length>");
    }
    format!("{name}: {}", mask::header(name, value, authority))
}

fn read_body(body: &[u8], authority: &str) -> Json {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with("<!DOCTYPE html") {
        return Json::String(page(&text));
    }
    match serde_json::from_str::<Json>(&text) {
        Ok(mut json) if json.to_string() == text => {
            mask::json(&mut json, authority, now());
            json
        }
        _ => Json::String(mask::text(&text, authority)),
    }
}

/// A page is a theme's: what it says counts, not its title and its looks.
fn page(html: &str) -> String {
    let said = html.split_once("<p class=\"instruction\">").and_then(|(_, rest)| rest.split_once("</p>"));
    format!("<a page: {}>", said.map_or("", |(said, _)| said.trim()))
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..end]);
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).unwrap_or(0);
        let Some(chunk) = rest.get(end + 2..end + 2 + size).filter(|chunk| !chunk.is_empty()) else { break };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Answer {
        Answer::parse(text.as_bytes(), "127.0.0.1:8080")
    }

    #[test]
    fn what_is_the_same_in_every_run_is_kept_to_the_letter() {
        let answer = parse(
            "HTTP/1.1 401 Unauthorized\r\nCache-Control: no-store\r\ncontent-length: 28\r\n\r\n{\"error\":\"b\",\"alternative\":1}",
        );
        assert_eq!(answer.status, "401 Unauthorized");
        assert_eq!(
            answer.headers,
            ["Cache-Control: no-store", "content-length: 28"],
            "a length that is wrong"
        );
        assert_eq!(answer.body.to_string(), r#"{"error":"b","alternative":1}"#);
    }

    #[test]
    fn json_with_spaces_is_text() {
        assert_eq!(parse("HTTP/1.1 200 OK\r\n\r\n{ }").body, Json::String("{ }".into()));
    }

    #[test]
    fn chunks_are_put_together() {
        let answer = parse(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n",
        );
        assert_eq!(answer.body, Json::String("abcde".into()));
    }

    #[test]
    fn a_recording_reads_as_it_was_written() {
        let answer = parse("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{\"b\":1,\"a\":[]}");
        let written = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&written).unwrap(), answer);
    }
}
