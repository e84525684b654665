//! Opening connections, so that each failure says how far it came.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::{Ready, ready};
use std::io;
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{self, Context, Poll};
use std::time::Duration;

use http::uri::Scheme;
use http::{Extensions, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use persium_core::{Cause, Failure, FailureKind, Phase, Proxies, Proxy};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use crate::payload;
use crate::tls;
use crate::trace;
use crate::verifier::SelfSigned;

type Connecting<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Opens TCP connections, through a proxy and with TLS where they are called for.
///
/// hyper-util clones it for each request, most of which need no connection: a clone is one count.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Connects>);

struct Connects {
    names: Names,
    proxies: Proxies,
    tls: Option<TlsConnector>,
    limit: Duration,
}

impl Connector {
    /// `tls` may be left out where no URL is https. A connection that is not open after `limit` has failed.
    pub(crate) fn new(proxies: Proxies, tls: Option<ClientConfig>, limit: Duration) -> Self {
        let tls = tls.map(|config| TlsConnector::from(Arc::new(config)));
        Self(Arc::new(Connects { names: ask_the_system, proxies, tls, limit }))
    }
}

impl Connects {
    async fn connect(self: Arc<Self>, uri: Uri) -> Result<Stream, Failure> {
        let deadline = Instant::now() + self.limit;
        let proxy =
            self.proxies.to(&uri).map_err(|error| Failure::new(Phase::Proxy, FailureKind::Invalid, error))?;
        let tcp = self.open(deadline, proxy.map_or(&uri, Proxy::uri)).await;
        let mut tcp = tcp.map_err(|failure| match proxy {
            Some(proxy) => proxy.unreached(failure),
            None => failure,
        })?;
        if let Some(proxy) = proxy {
            within(deadline, Phase::Proxy, tunnel(&mut tcp, &uri, proxy)).await?;
        }
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Ok(Io::Plain(TokioIo::new(tcp)).into());
        }
        let invalid =
            |error: Box<dyn StdError + Send + Sync>| Failure::new(Phase::Tls, FailureKind::Invalid, error);
        let tls = self.tls.as_ref().ok_or_else(|| invalid("TLS was not set up".into()))?;
        // An IPv6 address stands in brackets in a URI, and without them in a certificate.
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|error| invalid(error.into()))?;
        let config = Arc::clone(tls.config());
        let handshake = async { tls.connect(name, tcp).await.map_err(|error| tls_failure(error, &config)) };
        let stream = within(deadline, Phase::Tls, handshake).await?;
        let refusal = Refusal { config, came: Arc::default() };
        Ok(Io::Tls(TokioIo::new(Box::new(stream)), refusal).into())
    }

    /// A TCP connection to the target, or to the proxy before it.
    async fn open(&self, deadline: Instant, first: &Uri) -> Result<TcpStream, Failure> {
        let host = first.host().unwrap_or_default();
        let addresses = if is_address(host) {
            Vec::new()
        } else {
            let resolving = (self.names)(host.to_owned());
            let refused = |error| Failure::new(Phase::Resolve, FailureKind::Refused, error);
            within(deadline, Phase::Resolve, async { resolving.await.map_err(refused) }).await?
        };
        let mut tcp = HttpConnector::new_with_resolver(Resolved(addresses));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connecting = async { tcp.call(first.clone()).await.map_err(tcp_failure) };
        Ok(within(deadline, Phase::Connect, connecting).await?.into_inner())
    }
}

/// Asks the proxy at the other end for a tunnel to `target`.
async fn tunnel(stream: &mut TcpStream, target: &Uri, proxy: &Proxy) -> Result<(), Failure> {
    let broken = |error: io::Error| Failure::new(Phase::Proxy, error.kind().into(), error);
    let mut tunnel = proxy.tunnel(target);
    stream.write_all(tunnel.request()).await.map_err(broken)?;
    let mut input = [0; 1024];
    loop {
        let length = stream.read(&mut input).await.map_err(broken)?;
        if tunnel.handle_input(&input[..length])? {
            return Ok(());
        }
    }
}

/// One phase of opening a connection, by the time that all of them have.
async fn within<T>(
    deadline: Instant,
    phase: Phase,
    step: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    payload::on_begun(phase);
    match timeout_at(deadline, step).await {
        Ok(result) => result.inspect(|_| trace::ended(phase)),
        Err(elapsed) => Err(Failure::new(phase, FailureKind::TimedOut, elapsed)),
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Failure;
    type Future = Connecting<Result<Stream, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(Arc::clone(&self.0).connect(uri))
    }
}

/// What names are resolved by.
type Names = fn(String) -> Connecting<io::Result<Vec<SocketAddr>>>;

/// The system's resolver.
fn ask_the_system(name: String) -> Connecting<io::Result<Vec<SocketAddr>>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
}

/// Whether the host is no name, so that there is nothing to resolve.
fn is_address(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// Gives what a name was resolved to before.
#[derive(Clone)]
struct Resolved(Vec<SocketAddr>);

impl Service<Name> for Resolved {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(mem::take(&mut self.0).into_iter()))
    }
}

/// The connector's own error.
fn tcp_failure(error: impl StdError + Send + Sync + 'static) -> Failure {
    let io = find::<io::Error>(&error);
    let kind = io.map_or(FailureKind::Refused, |error| error.kind().into());
    Failure::new(Phase::Connect, kind, error)
}

fn tls_failure(error: io::Error, config: &ClientConfig) -> Failure {
    let (kind, cause) = match find::<rustls::Error>(&error) {
        // What answers is not TLS: plain HTTP on the port, for one.
        Some(rustls::Error::InvalidMessage(_)) => (FailureKind::Invalid, None),
        Some(error) => (FailureKind::Refused, tls::cause(error, config)),
        None => (error.kind().into(), None),
    };
    let failure = match cause {
        Some(Cause::SelfSigned) => Failure::new(Phase::Tls, kind, SelfSigned),
        _ => Failure::new(Phase::Tls, kind, error),
    };
    failure.with_cause(cause)
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
pub(crate) struct Stream {
    io: Io,
    /// Whether a part of a request waits for the peer to take it. What ends the connection meanwhile ends the sending,
    /// also where it is a read that meets it first.
    is_sending: bool,
}

enum Io {
    Plain(TokioIo<TcpStream>),
    Tls(TokioIo<Box<TlsStream<TcpStream>>>, Refusal),
}

impl From<Io> for Stream {
    fn from(io: Io) -> Self {
        Self { io, is_sending: false }
    }
}

/// Whether the server [refused the handshake late](tls::is_refused_late). The error that says so says it as a [`Failure`]; what
/// HTTP/2 is spoken by makes a text of that, so the connection keeps it as well.
#[derive(Clone)]
pub(crate) struct Refusal {
    config: Arc<ClientConfig>,
    came: Arc<OnceLock<Option<Cause>>>,
}

impl Refusal {
    /// Whether that came on this connection, and what it was about, where that can be told.
    pub(crate) fn came_on(connection: &Connected) -> Option<Option<Cause>> {
        let mut extras = Extensions::new();
        connection.get_extras(&mut extras);
        extras.get().and_then(|Self { came, .. }| came.get().copied())
    }

    /// The error as it is to be told.
    fn look(&self, error: io::Error) -> io::Error {
        match find::<rustls::Error>(&error) {
            Some(alert) if tls::is_refused_late(alert) => {
                let cause = *self.came.get_or_init(|| tls::cause(alert, &self.config));
                let kind = error.kind();
                io::Error::new(kind, Failure::new(Phase::Tls, FailureKind::Refused, error).with_cause(cause))
            }
            _ => error,
        }
    }

    /// Why writing failed: the server's alert may lie there unread, and says more than a broken pipe. From a socket that is
    /// closed all that will ever come has come, so this ends; what it reads that is no alert stays to be read.
    fn said_before(
        &self,
        error: io::Error,
        stream: &mut TlsStream<TcpStream>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Error> {
        Poll::Ready(match task::ready!(Pin::new(stream).poll_read(cx, &mut ReadBuf::new(&mut []))) {
            Err(alert) if find(&alert).is_some_and(tls::is_refused_late) => self.look(alert),
            _ => error,
        })
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        let Io::Tls(stream, refusal) = &self.io else { return Connected::new() };
        let connected = Connected::new().extra(refusal.clone());
        if stream.inner().get_ref().1.alpn_protocol() == Some(b"h2") {
            connected.negotiated_h2()
        } else {
            connected
        }
    }
}

impl Stream {
    /// Both kinds of connection do the same.
    fn poll_output<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut (dyn Write + Unpin)>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let output = match &mut self.io {
            Io::Plain(stream) => poll(Pin::new(stream), cx),
            Io::Tls(stream, refusal) => match poll(Pin::new(stream), cx) {
                Poll::Ready(Err(error)) if is_closed(&error) => {
                    refusal.said_before(error, stream.inner_mut(), cx).map(Err)
                }
                other => other,
            },
        };
        self.is_sending = output.is_pending();
        output.map_err(broken_off)
    }
}

/// What ended the sending of a request, unless it is told as something else already.
fn broken_off(error: io::Error) -> io::Error {
    if find::<Failure>(&error).is_some() {
        return error;
    }
    let kind = error.kind();
    io::Error::new(kind, Failure::new(Phase::Send, kind.into(), error))
}

/// Whether a write found nobody at the other end.
fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let Self { io, is_sending } = self.get_mut();
        let input = match io {
            Io::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Io::Tls(stream, refusal) => {
                Pin::new(stream).poll_read(cx, buf).map_err(|error| refusal.look(error))
            }
        };
        if *is_sending { input.map_err(broken_off) } else { input }
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_output(cx, |stream, cx| stream.poll_write(cx, buf))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_output(cx, |mut stream, cx| stream.as_mut().poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_output(cx, |mut stream, cx| stream.as_mut().poll_shutdown(cx))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Plain(stream) => stream.is_write_vectored(),
            Io::Tls(stream, _) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_output(cx, |stream, cx| stream.poll_write_vectored(cx, bufs))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, Request};

    use super::*;
    use crate::transport::{Http, Pool, Transport};

    /// Names are not found, as long as one waits.
    fn unresolving(limit: Duration) -> Connector {
        let names: Names = |_| Box::pin(std::future::pending());
        Connector(Arc::new(Connects { names, proxies: Proxies::direct(), tls: None, limit }))
    }

    #[tokio::test]
    async fn a_name_that_is_not_found_in_the_time_for_connecting_is_told_as_resolving() {
        let connecting = unresolving(Duration::from_millis(1)).call(Uri::from_static("http://api.test"));
        let failure = connecting.await.err().unwrap();
        assert_eq!((failure.phase, failure.kind), (Phase::Resolve, FailureKind::TimedOut));
    }

    #[tokio::test]
    async fn a_name_that_is_not_found_in_the_time_of_the_request_is_told_as_resolving() {
        let pool = Pool { idle_timeout: Duration::ZERO, max_idle: 0 };
        let http = Http::new(unresolving(Duration::from_secs(10)), &pool, HeaderValue::from_static("test"));
        let request = Request::get("http://api.test/").body(Bytes::new()).unwrap();
        let failure = http.transmit(request, Duration::from_millis(1), 0).await.unwrap_err();
        assert_eq!((failure.phase, failure.kind), (Phase::Resolve, FailureKind::TimedOut));
    }
}
