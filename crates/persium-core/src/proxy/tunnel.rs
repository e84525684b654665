//! Asking a proxy for a tunnel.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Uri};

use super::port;
use crate::wire::{Cause, Failure, FailureKind, Phase};

/// The longest answer to `CONNECT`, in bytes.
const MAX_HEAD: usize = 8 * 1024;

/// A request for a tunnel (RFC 9110 section 9.3.6), and the answer as it comes in.
///
/// Plain HTTP is tunnelled, too: it is for the loopback only, and one way through a proxy is enough.
///
/// ```
/// use http::Uri;
/// use persium_core::Proxies;
///
/// let target = Uri::from_static("https://api.persium.co.uk/");
/// let proxies = Proxies::given("http://proxy.example.com:3128", "")?;
/// let mut tunnel = proxies.to(&target)?.expect("there is one").tunnel(&target);
/// assert!(tunnel.request().starts_with(b"CONNECT api.persium.co.uk:443 HTTP/1.1\r\n"));
/// assert!(!tunnel.handle_input(b"HTTP/1.1 200 Connection est").expect("no end yet"));
/// assert!(tunnel.handle_input(b"ablished\r\n\r\n").expect("it is open"));
/// # Ok::<(), persium_core::Error>(())
/// ```
#[must_use = "a tunnel is asked for by sending its request"]
pub struct Tunnel {
    request: Bytes,
    answer: Vec<u8>,
}

impl Tunnel {
    pub(super) fn new(target: &Uri, authorization: Option<&HeaderValue>) -> Self {
        let host = target.host().unwrap_or_default();
        let authority = format!("{host}:{}", port(target));
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
        if let Some(authorization) = authorization {
            request.extend_from_slice(b"Proxy-Authorization: ");
            request.extend_from_slice(authorization.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        Self { request: Bytes::from(request), answer: Vec::new() }
    }

    /// What to send. It may hold a password.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// Takes what the proxy said next, nothing at the connection's end. `true`: the connection leads to the target.
    ///
    /// # Errors
    ///
    /// Where the proxy refuses, ends, or makes no sense. One that has trouble itself (5xx) was interrupted: it may have
    /// none a moment later.
    pub fn handle_input(&mut self, input: &[u8]) -> Result<bool, Failure> {
        let failure = |kind, said: Said| {
            let cause = said.status().map(Cause::ProxyStatus);
            Err(Failure::new(Phase::Proxy, kind, said).with_cause(cause))
        };
        self.answer.extend_from_slice(input);
        let Some(end) = self.answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return match self.answer.len() {
                _ if input.is_empty() => failure(FailureKind::Interrupted, Said::Nothing),
                length if MAX_HEAD < length => failure(FailureKind::TooLarge, Said::Nonsense),
                _ => Ok(false),
            };
        };
        match status(&self.answer) {
            // The target does not speak before we do.
            Some(200..=299) if end + 4 < self.answer.len() => failure(FailureKind::Invalid, Said::Nonsense),
            Some(200..=299) => Ok(true),
            Some(status @ 500..=599) => failure(FailureKind::Interrupted, Said::Status(status)),
            Some(status) => failure(FailureKind::Refused, Said::Status(status)),
            None => failure(FailureKind::Invalid, Said::Nonsense),
        }
    }
}

/// Shows nothing of the request, which may hold a password.
impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").finish_non_exhaustive()
    }
}

fn status(head: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(head.split(|byte| *byte == b'\r').next()?).ok()?;
    let mut words = line.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    words.next()?.parse().ok()
}

/// What the proxy said instead of opening a tunnel.
#[derive(Debug)]
enum Said {
    Status(u16),
    Nonsense,
    Nothing,
}

impl Said {
    fn status(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(*status),
            Self::Nonsense | Self::Nothing => None,
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(407) => f.write_str("the proxy asks for credentials (407)"),
            Self::Status(status) => write!(f, "the proxy answered {status}"),
            Self::Nonsense => f.write_str("the proxy's answer makes no sense"),
            Self::Nothing => f.write_str("the proxy closed the connection without an answer"),
        }
    }
}

impl std::error::Error for Said {}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunnel() -> Tunnel {
        Tunnel::new(&Uri::from_static("https://api.test/x"), None)
    }

    #[test]
    fn the_request_names_the_target_and_its_port() {
        let authorization = HeaderValue::from_static("Basic eA==");
        let request = |uri| Tunnel::new(&Uri::from_static(uri), Some(&authorization)).request;
        let expected =
            "CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\nProxy-Authorization: Basic eA==\r\n\r\n";
        assert_eq!(request("https://api.test/x"), expected);
        assert!(request("http://[::1]/x").starts_with(b"CONNECT [::1]:80 HTTP/1.1\r\n"));
        assert!(request("https://api.test:8443/x").starts_with(b"CONNECT api.test:8443 "));
    }

    #[test]
    fn an_answer_is_read_however_it_is_cut() {
        let answer = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";
        let mut tunnel = tunnel();
        for byte in &answer[..answer.len() - 1] {
            assert!(!tunnel.handle_input(&[*byte]).unwrap());
        }
        assert!(tunnel.handle_input(b"\n").unwrap());
    }

    #[test]
    fn each_answer_that_opens_nothing_is_told_apart() {
        let endless = [b'x'; MAX_HEAD + 1];
        let table: [(&[u8], FailureKind, &str); 8] = [
            (b"HTTP/1.1 407 X\r\n\r\n", FailureKind::Refused, "asks for credentials (407)"),
            (b"HTTP/1.1 407 X\r\nContent-Length: 2\r\n\r\nno", FailureKind::Refused, "(407)"),
            (b"HTTP/1.0 403 Forbidden\r\n\r\n", FailureKind::Refused, "answered 403"),
            (b"HTTP/1.1 503 X\r\n\r\n", FailureKind::Interrupted, "answered 503"),
            (b"SSH-2.0 200\r\n\r\n", FailureKind::Invalid, "no sense"),
            (b"HTTP/1.1 200 OK\r\n\r\nmore", FailureKind::Invalid, "no sense"),
            (b"", FailureKind::Interrupted, "without an answer"),
            (&endless, FailureKind::TooLarge, "no sense"),
        ];
        for (answer, kind, said) in table {
            let failure = tunnel().handle_input(answer).unwrap_err();
            assert_eq!((failure.phase, failure.kind), (Phase::Proxy, kind), "{said}");
            assert_eq!(failure.cause.is_some(), said.contains(|c: char| c.is_ascii_digit()), "{said}");
            assert!(failure.source.to_string().contains(said), "{}", failure.source);
        }
    }
}
