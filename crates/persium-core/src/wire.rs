//! What crosses the boundary between the core and whoever moves the bytes.

mod certificate;
mod origin;
mod retry_after;
mod timeline;

use std::error::Error as StdError;
use std::fmt;
use std::io;

use bytes::Bytes;

pub use certificate::SelfIssued;
pub(crate) use origin::Origin;
pub(crate) use retry_after::{RetryAfter, http_date};
pub use timeline::Timeline;

use crate::time::Timestamp;

/// One HTTP exchange to perform, whole: send the request, read the response and its body.
///
/// Redirects are not followed, and no header is added that names a credential.
#[non_exhaustive]
pub struct Transmit {
    /// The request. Its URI is absolute; what is secret among its headers is marked sensitive.
    pub request: http::Request<Bytes>,
    /// When to give up and report [`FailureKind::TimedOut`], on the clock the caller was polled with.
    pub timeout_at: Timestamp,
    /// Report [`FailureKind::TooLarge`] beyond this many bytes of response body, decompressed.
    pub max_body: usize,
    /// How often the same was sent before, whatever the reason to send it again: for a log.
    pub resend_count: u32,
}

/// Shows where the request goes. The body of a token request is the secret, so no body is shown.
impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, timeout_at, max_body, resend_count } = self;
        f.debug_struct("Transmit")
            .field("method", request.method())
            .field("uri", request.uri())
            .field("timeout_at", timeout_at)
            .field("max_body", max_body)
            .field("resend_count", resend_count)
            .finish_non_exhaustive()
    }
}

/// A response with its whole body.
pub type Response = http::Response<Bytes>;

/// An exchange that produced no response.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// How far the exchange got.
    pub phase: Phase,
    /// What happened there.
    pub kind: FailureKind,
    /// What exactly it was, where the transport can tell.
    pub cause: Option<Cause>,
    /// How long it took until then, where that was asked for and the transport can tell.
    pub timeline: Option<Timeline>,
    /// The transport's own error, kept as [`Error::source`](std::error::Error::source).
    pub source: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    /// A failure, for whoever implements a transport.
    pub fn new(phase: Phase, kind: FailureKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { phase, kind, cause: None, timeline: None, source: source.into() }
    }

    /// The same, by a transport that can tell what exactly it was.
    #[must_use]
    pub fn with_cause(self, cause: impl Into<Option<Cause>>) -> Self {
        Self { cause: cause.into(), ..self }
    }
}

/// What exactly ended an exchange, beyond what [`Phase`] and [`FailureKind`] say: for a diagnosis, never for a decision.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// The proxy itself could not be connected to.
    ProxyUnreachable,
    /// The proxy answered `CONNECT` with this status.
    ProxyStatus(u16),
    /// The server's certificate is of an authority that is not trusted here.
    UntrustedIssuer,
    /// The server's certificate is signed by its own key, and is not trusted here.
    SelfSigned,
    /// The time of the server's certificate is over.
    CertificateExpired,
    /// The time of the server's certificate is to come.
    CertificateNotYetValid,
    /// The server's certificate is for another host.
    WrongHost,
    /// The server asks for a certificate of the client's, which has none.
    ClientCertificateMissing,
    /// The server does not take the certificate that the client showed.
    ClientCertificateRefused,
}

/// As in "connecting: refused".
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.phase, self.kind)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// How far an exchange got. In order: before [`Send`](Self::Send) the server saw nothing of the request.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Phase {
    /// The host's name was being resolved.
    Resolve,
    /// A connection was being opened.
    Connect,
    /// The proxy was being asked for a tunnel.
    Proxy,
    /// The TLS handshake was under way.
    Tls,
    /// The request was being sent: the connection broke while a part of it was left, or had gone before.
    ///
    /// Requests are so short that the system takes them whole. Where one takes longer than it may to be sent, both adapters say
    /// that they wait; and so they do over HTTP/2, where a connection that breaks does so for many requests at once.
    Send,
    /// The response's head was being waited for.
    Wait,
    /// The response's body was being read.
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "resolving the host's name",
            Self::Connect => "connecting",
            Self::Proxy => "asking the proxy for a tunnel",
            Self::Tls => "the TLS handshake",
            Self::Send => "sending the request",
            Self::Wait => "waiting for the response",
            Self::Body => "reading the response's body",
        })
    }
}

/// What went wrong in an exchange.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FailureKind {
    /// The other side said no: connection refused, no such host, a certificate that does not hold, a proxy's 407.
    Refused,
    /// The connection broke: reset, closed early, a body that ended before its length.
    Interrupted,
    /// A pooled connection was found closed before anything of this request was sent on it.
    Stale,
    /// [`Transmit::timeout_at`] or a limit of the transport's own passed.
    TimedOut,
    /// A head or body beyond its bound.
    TooLarge,
    /// Bytes that are not HTTP, TLS or the announced compression.
    Invalid,
    /// The transport was closed, or the caller called the exchange off.
    Canceled,
}

/// What a socket's error means.
impl From<io::ErrorKind> for FailureKind {
    fn from(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::AddrNotAvailable => Self::Refused,
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Interrupted,
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "refused",
            Self::Interrupted => "interrupted",
            Self::Stale => "found a connection that was closed already",
            Self::TimedOut => "timed out",
            Self::TooLarge => "went beyond the size limit",
            Self::Invalid => "met bytes that make no sense",
            Self::Canceled => "called off",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debugging_a_transmit_shows_no_secret() {
        let mut request = http::Request::new(Bytes::from_static(b"client_secret=s3cret"));
        let mut value = http::HeaderValue::from_static("Basic czNjcmV0");
        value.set_sensitive(true);
        request.headers_mut().insert(http::header::AUTHORIZATION, value);
        let transmit = Transmit { request, timeout_at: Timestamp::ZERO, max_body: 1, resend_count: 0 };
        let shown = format!("{transmit:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("czNjcmV0"), "{shown}");
    }
}
