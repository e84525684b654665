//! As much of HTTP/1.1 as one request on a connection of its own needs: bytes in, bytes out, no I/O here either.

use std::{io, str};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Uri};
use persium_core::{Failure, FailureKind, Phase, Response};

/// The longest head of an answer.
const MAX_HEAD: usize = 64 * 1024;

/// Whom to connect to.
pub(crate) fn host_and_port(uri: &Uri) -> (&str, u16) {
    let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    (uri.host().unwrap_or_default().trim_matches(['[', ']']), uri.port_u16().unwrap_or(default))
}

/// What a socket's error means, by how far the exchange came.
pub(crate) fn failed(phase: Phase) -> impl Fn(io::Error) -> Failure {
    move |error| {
        let kind = match error.kind() {
            // A read that is cut short by its timeout is one or the other, as the system likes.
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FailureKind::TimedOut,
            io::ErrorKind::ConnectionRefused => FailureKind::Refused,
            _ if phase == Phase::Resolve => FailureKind::Refused,
            _ => FailureKind::Interrupted,
        };
        Failure::new(phase, kind, error)
    }
}

/// The bytes of a request (RFC 9112 section 3), the last one on its connection.
///
/// These examples have no TLS: that of your system comes between the socket and this.
pub(crate) fn encode(request: &Request<Bytes>) -> Result<Vec<u8>, Failure> {
    let uri = request.uri();
    if uri.scheme() != Some(&Scheme::HTTP) {
        return Err(Failure::new(Phase::Tls, FailureKind::Refused, "this example has no TLS"));
    }
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut headers = request.headers().clone();
    let host = uri.authority().map_or("", Authority::as_str);
    headers.insert(HOST, HeaderValue::from_str(host).expect("an authority is visible ASCII"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_LENGTH, request.body().len().into());
    let mut bytes = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in &headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    Ok(bytes)
}

/// An answer on its way, up to the connection's end.
pub(crate) struct Answer {
    bytes: Vec<u8>,
    max_body: usize,
}

impl Answer {
    pub(crate) fn new(max_body: usize) -> Self {
        Self { bytes: Vec::new(), max_body }
    }

    /// Takes what a read gave; nothing is the end. `None`: read on.
    pub(crate) fn push(&mut self, read: io::Result<&[u8]>) -> Option<Result<Response, Failure>> {
        let phase = if head_end(&self.bytes).is_some() { Phase::Body } else { Phase::Wait };
        match read {
            Err(error) => Some(Err(failed(phase)(error))),
            Ok([]) => Some(decode(&self.bytes, self.max_body)),
            Ok(bytes) => {
                self.bytes.extend_from_slice(bytes);
                let is_too_long = self.max_body.saturating_add(MAX_HEAD) < self.bytes.len();
                is_too_long.then(|| Err(Failure::new(phase, FailureKind::TooLarge, "the answer is too long")))
            }
        }
    }
}

/// Where the body begins.
fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|end| end + 4)
}

/// Reads a whole answer (RFC 9112 sections 4 to 7).
fn decode(bytes: &[u8], max_body: usize) -> Result<Response, Failure> {
    let invalid = || Failure::new(Phase::Wait, FailureKind::Invalid, "what came is no HTTP");
    let Some(end) = head_end(bytes) else {
        let begins_well = b"HTTP/1.".starts_with(&bytes[..bytes.len().min(7)]);
        let cut_short = Failure::new(Phase::Wait, FailureKind::Interrupted, "the answer ended in its head");
        return Err(if begins_well { cut_short } else { invalid() });
    };
    let head = str::from_utf8(&bytes[..end - 4]).map_err(|_| invalid())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.")?.split(' ').nth(1));
    let mut response = http::Response::builder().status(status.ok_or_else(invalid)?);
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(invalid)?;
        response = response.header(name, value.trim());
    }
    let mut response = response.body(Bytes::new()).map_err(|_| invalid())?;
    let body = body(&response, &bytes[end..])?;
    if max_body < body.len() {
        return Err(Failure::new(Phase::Body, FailureKind::TooLarge, "the body is too long"));
    }
    *response.body_mut() = body;
    Ok(response)
}

/// The body by what the head says of it; by the connection's end where it says nothing.
fn body(head: &Response, rest: &[u8]) -> Result<Bytes, Failure> {
    let cut_short = || Failure::new(Phase::Body, FailureKind::Interrupted, "the answer ended in its body");
    if head.headers().contains_key(TRANSFER_ENCODING) {
        return chunks(rest).ok_or_else(cut_short);
    }
    let length = head.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    rest.get(..length.unwrap_or(rest.len())).map(Bytes::copy_from_slice).ok_or_else(cut_short)
}

/// The content of a chunked body; `None` where it is not whole.
fn chunks(mut rest: &[u8]) -> Option<Bytes> {
    let mut content = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = str::from_utf8(&rest[..line]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        let chunk = rest[line + 2..].split_at_checked(size)?;
        if size == 0 {
            return Some(content.into());
        }
        content.extend_from_slice(chunk.0);
        rest = chunk.1.strip_prefix(b"\r\n")?;
    }
}
