//! Proxies: which one a connection goes through, and asking it for a tunnel.

use std::fmt;
use std::io;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use persium_core::{Cause, Error, FailureKind, Phase, is_loopback};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::connect::{ConnectError, io_kind};

/// The longest answer to `CONNECT`, in bytes.
const MAX_HEAD: usize = 8 * 1024;

/// Says which proxy a connection goes through.
pub(crate) enum Proxies {
    /// None.
    Direct,
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, as everybody reads them. This machine itself is never
    /// reached through them: a fake on the loopback must be found wherever the variables happen to be set.
    Environment(Matcher),
    /// One for everything that `no_proxy` does not take out.
    Given(Matcher),
}

impl Proxies {
    pub(crate) fn from_environment() -> Self {
        Self::Environment(Matcher::from_env())
    }

    /// A proxy by URL, credentials in it, and a list as of `NO_PROXY`.
    pub(crate) fn given(url: &str, no_proxy: &str) -> Result<Self, Error> {
        // The URL may hold a password, so it is not repeated.
        let wrong = |problem: &str| Error::config("the proxy", problem);
        let uri: Uri = url.parse().map_err(|_| wrong("is not a URL: expected http://host:port"))?;
        match uri.scheme_str() {
            Some("http") if uri.host().is_some_and(|host| !host.is_empty()) => {
                Ok(Self::Given(Matcher::builder().all(url.to_owned()).no(no_proxy.to_owned()).build()))
            }
            _ => Err(wrong("is not supported: expected http://host:port, which tunnels https as well")),
        }
    }

    pub(crate) fn intercept(&self, uri: &Uri) -> Option<Intercept> {
        match self {
            Self::Direct => None,
            Self::Environment(_) if is_loopback(uri) => None,
            Self::Environment(matcher) | Self::Given(matcher) => matcher.intercept(uri),
        }
    }
}

/// Asks the proxy at the other end of `stream` for a tunnel to `target` (RFC 9110 section 9.3.6).
///
/// Plain HTTP is tunnelled, too: it is for the loopback only, and one way through a proxy is enough.
pub(crate) async fn tunnel(
    stream: &mut TcpStream,
    target: &Uri,
    proxy: &Intercept,
) -> Result<(), ConnectError> {
    let broken = |error: io::Error| ConnectError::new(Phase::Proxy, io_kind(&error), error);
    let host = target.host().unwrap_or_default();
    let default = if target.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let authority = format!("{host}:{}", target.port_u16().unwrap_or(default));
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(credentials) = proxy.basic_auth() {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(credentials.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(broken)?;

    // Nothing follows the head before we speak, so nothing of what follows can be read along with it.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if MAX_HEAD < head.len() {
            return Err(ConnectError::new(Phase::Proxy, FailureKind::TooLarge, Refused(None)));
        }
        if stream.read_buf(&mut head).await.map_err(broken)? == 0 {
            return Err(ConnectError::new(Phase::Proxy, FailureKind::Interrupted, Refused(None)));
        }
    }
    match status(&head) {
        Some(200..=299) => Ok(()),
        status => {
            let kind = if status.is_some() { FailureKind::Refused } else { FailureKind::Invalid };
            let error = ConnectError::new(Phase::Proxy, kind, Refused(status));
            Err(error.with_cause(status.map(Cause::ProxyStatus)))
        }
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
struct Refused(Option<u16>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(407) => f.write_str("the proxy asks for credentials (407)"),
            Some(status) => write!(f, "the proxy answered {status}"),
            None => f.write_str("the proxy gave no answer that makes sense"),
        }
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &'static str) -> Uri {
        Uri::from_static(text)
    }

    #[test]
    fn a_given_proxy_takes_everything_but_what_is_taken_out() {
        let proxies = Proxies::given("http://user:pass@proxy.test:3128", "internal.test").unwrap();
        assert!(proxies.intercept(&uri("https://api.test/x")).is_some());
        assert!(proxies.intercept(&uri("http://127.0.0.1:80/x")).is_some());
        assert!(proxies.intercept(&uri("https://api.internal.test/x")).is_none());
    }

    #[test]
    fn the_environments_proxy_leaves_this_machine_alone() {
        let proxies = Proxies::Environment(Matcher::builder().all("http://proxy.test:3128").build());
        assert!(proxies.intercept(&uri("https://api.test/x")).is_some());
        for local in ["http://127.0.0.1:8080/x", "https://localhost/x", "http://[::1]/x", "http://127.9.9.9/"]
        {
            assert!(proxies.intercept(&uri(local)).is_none(), "{local}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused_without_its_password() {
        for url in ["socks5://user:hush@proxy.test", "https://user:hush@proxy.test", "proxy test", "http://"]
        {
            let error = Proxies::given(url, "").err().unwrap_or_else(|| panic!("{url} was taken"));
            assert!(error.is_config() && !error.to_string().contains("hush"), "{error}");
        }
    }

    #[test]
    fn a_status_is_read_from_a_status_line_alone() {
        assert_eq!(status(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407 X\r\n\r\n"), Some(407));
        assert_eq!(status(b"SSH-2.0 200\r\n\r\n"), None);
    }
}
