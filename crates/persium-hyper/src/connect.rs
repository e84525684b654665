//! Opening connections, so that each failure says how far it came.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use persium_core::{Cause, FailureKind, Phase};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use crate::proxy::{self, Proxies};
use crate::tls;
use crate::trace;

type Connecting<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Opens TCP connections, through a proxy and with TLS where they are called for.
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector<Resolver>,
    proxies: Arc<Proxies>,
    tls: Option<TlsConnector>,
    limit: Duration,
}

impl Connector {
    /// `tls` may be left out where no URL is https. A connection that is not open after `limit` has failed.
    pub(crate) fn new(proxies: Proxies, tls: Option<ClientConfig>, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls = tls.map(|config| TlsConnector::from(Arc::new(config)));
        Self { tcp, proxies: Arc::new(proxies), tls, limit }
    }

    async fn connect(mut self, uri: Uri) -> Result<Stream, ConnectError> {
        let deadline = Instant::now() + self.limit;
        let proxy = self.proxies.intercept(&uri);
        let first = proxy.as_ref().map_or(&uri, Intercept::uri);
        let connecting = async { self.tcp.call(first.clone()).await.map_err(ConnectError::tcp) };
        let tcp = within(deadline, Phase::Connect, connecting).await?;
        let mut tcp = tcp.into_inner();
        if let Some(proxy) = &proxy {
            within(deadline, Phase::Proxy, proxy::tunnel(&mut tcp, &uri, proxy)).await?;
        }
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Ok(Stream::Plain(TokioIo::new(tcp)));
        }
        let invalid = |error: Box<dyn StdError + Send + Sync>| {
            ConnectError::new(Phase::Tls, FailureKind::Invalid, error)
        };
        let tls = self.tls.ok_or_else(|| invalid("TLS was not set up".into()))?;
        // An IPv6 address stands in brackets in a URI, and without them in a certificate.
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|error| invalid(error.into()))?;
        let handshake = async { tls.connect(name, tcp).await.map_err(ConnectError::tls) };
        let stream = within(deadline, Phase::Tls, handshake).await?;
        Ok(Stream::Tls(TokioIo::new(Box::new(stream))))
    }
}

/// One phase of opening a connection, by the time that all of them have.
async fn within<T>(
    deadline: Instant,
    phase: Phase,
    step: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    match timeout_at(deadline, step).await {
        Ok(result) => result.inspect(|_| trace::ended(phase)),
        Err(elapsed) => Err(ConnectError::new(phase, FailureKind::TimedOut, elapsed)),
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = ConnectError;
    type Future = Connecting<Result<Stream, ConnectError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// The system's resolver, with failures that can be told from a refused connection.
#[derive(Clone, Copy)]
struct Resolver;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = ConnectError;
    type Future = Connecting<Result<Self::Response, ConnectError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            match tokio::net::lookup_host((name.as_str(), 0)).await {
                Ok(addresses) => {
                    trace::ended(Phase::Resolve);
                    Ok(addresses.collect::<Vec<_>>().into_iter())
                }
                Err(error) => Err(ConnectError::new(Phase::Resolve, FailureKind::Refused, error)),
            }
        })
    }
}

/// Why no connection was opened.
#[derive(Debug)]
pub(crate) struct ConnectError {
    pub(crate) phase: Phase,
    pub(crate) kind: FailureKind,
    pub(crate) cause: Option<Cause>,
    source: Box<dyn StdError + Send + Sync>,
}

impl ConnectError {
    pub(crate) fn new(
        phase: Phase,
        kind: FailureKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { phase, kind, cause: None, source: source.into() }
    }

    pub(crate) fn with_cause(self, cause: impl Into<Option<Cause>>) -> Self {
        Self { cause: cause.into(), ..self }
    }

    /// The connector's own error, or the resolver's within it.
    fn tcp(error: impl StdError + Send + Sync + 'static) -> Self {
        let (phase, kind) = match find::<Self>(&error) {
            Some(Self { phase, kind, .. }) => (*phase, *kind),
            None => (Phase::Connect, find::<io::Error>(&error).map_or(FailureKind::Refused, io_kind)),
        };
        Self::new(phase, kind, error)
    }

    fn tls(error: io::Error) -> Self {
        let (kind, cause) = match find::<rustls::Error>(&error) {
            // What answers is not TLS: plain HTTP on the port, for one.
            Some(rustls::Error::InvalidMessage(_)) => (FailureKind::Invalid, None),
            Some(error) => (FailureKind::Refused, tls::cause(error)),
            None => (io_kind(&error), None),
        };
        Self::new(Phase::Tls, kind, error).with_cause(cause)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.phase, self.kind)
    }
}

impl StdError for ConnectError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// What an error of the socket's means.
pub(crate) fn io_kind(error: &io::Error) -> FailureKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::AddrNotAvailable => FailureKind::Refused,
        io::ErrorKind::TimedOut => FailureKind::TimedOut,
        _ => FailureKind::Interrupted,
    }
}

/// The first error of a type in a chain. What `io::Error` wraps is looked into as well: rustls's errors come so.
pub(crate) fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// A connection.
pub(crate) enum Stream {
    Plain(TokioIo<TcpStream>),
    Tls(TokioIo<Box<TlsStream<TcpStream>>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Self::Tls(stream) if stream.inner().get_ref().1.alpn_protocol() == Some(b"h2") => {
                Connected::new().negotiated_h2()
            }
            Self::Plain(_) | Self::Tls(_) => Connected::new(),
        }
    }
}

/// Both kinds of connection do the same in the same words.
macro_rules! delegate {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Plain($stream) => $call,
            Stream::Tls($stream) => $call,
        }
    };
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        delegate!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        delegate!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        delegate!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }
}
