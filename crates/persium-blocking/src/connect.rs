//! Opening connections, so that each failure says how far it came.
//!
//! ureq's own connectors do not: to them TLS and the proxy are part of connecting. What it lets be replaced here is
//! outside its promise of stability, so the workspace's manifest names its minor version.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;
use persium_core::{Cause, Failure, FailureKind, Phase, Proxies, Proxy};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, TcpConnector, Transport,
    TransportAdapter,
};
use ureq::{Agent, Error};

use crate::failure;
use crate::sending::Sends;
use crate::tls;
use crate::trace;
use crate::verifier::SelfSigned;

/// An agent whose connections are opened here: TCP, a tunnel where a proxy stands before the target, TLS for https.
///
/// `tls` may be left out where no URL is https.
pub(crate) fn agent(config: Config, proxies: Proxies, tls: Option<ClientConfig>) -> Agent {
    let proxies = Arc::new(proxies);
    let tcp = Tcp {
        proxies: Arc::clone(&proxies),
        names: Box::new(DefaultResolver::default()),
        inner: TcpConnector::default(),
    };
    let connector = tcp.chain(Tunnels { proxies }).chain(Tls { config: tls.map(Arc::new) }).chain(Sends);
    Agent::with_parts(config, connector, Unasked)
}

/// Resolves nothing: ureq asks before each request, on a thread made for it, though most find a connection that is open.
/// [`Tcp`] asks where it opens one.
#[derive(Debug)]
struct Unasked;

impl Resolver for Unasked {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// A TCP connection to the target, or to the proxy before it.
#[derive(Debug)]
struct Tcp {
    proxies: Arc<Proxies>,
    names: Box<dyn Resolver>,
    inner: TcpConnector,
}

impl Tcp {
    fn resolve(&self, first: &Uri, details: &ConnectionDetails<'_>) -> Result<ResolvedSocketAddrs, Failure> {
        let addresses = self.names.resolve(first, details.config, details.timeout).map_err(|error| {
            // A socket's errors aside, the standard library gives the resolver's failures no kind of their own.
            let kind = match &error {
                Error::Timeout(_) => FailureKind::TimedOut,
                _ => FailureKind::Refused,
            };
            Failure::new(Phase::Resolve, kind, error)
        })?;
        if !is_address(first) {
            trace::ended(Phase::Resolve);
        }
        Ok(addresses)
    }
}

/// Whether the host is no name, so that there is nothing to resolve.
fn is_address(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok())
}

impl<In: Transport> Connector<In> for Tcp {
    type Out = <TcpConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let proxy = proxy(&self.proxies, details.uri)?;
        let first = proxy.map_or(details.uri, Proxy::uri);
        let addrs = self.resolve(first, details).map_err(|failure| unreached(proxy, failure))?;
        // Counted from `now` on, so that the name's share is part of the limit.
        let details = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
        };
        let stream = self.inner.connect(&details, chained);
        if stream.is_ok() {
            trace::ended(Phase::Connect);
        }
        stream.map_err(|error| unreached(proxy, failed(Phase::Connect, error)))
    }
}

/// A tunnel through the proxy that is at the other end.
#[derive(Debug)]
struct Tunnels {
    proxies: Arc<Proxies>,
}

impl<In: Transport> Connector<In> for Tunnels {
    type Out = In;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<In>, Error> {
        match (proxy(&self.proxies, details.uri)?, chained) {
            (Some(proxy), Some(stream)) => tunnel(details, proxy, stream).map(Some).map_err(opaque),
            (_, chained) => Ok(chained),
        }
    }
}

fn tunnel<In: Transport>(details: &ConnectionDetails<'_>, proxy: &Proxy, stream: In) -> Result<In, Failure> {
    let mut stream = adapted(details, stream);
    let broken = |error: io::Error| failed(Phase::Proxy, error.into());
    let mut tunnel = proxy.tunnel(details.uri);
    stream.write_all(tunnel.request()).map_err(broken)?;
    let mut input = [0; 1024];
    loop {
        let length = stream.read(&mut input).map_err(broken)?;
        if tunnel.handle_input(&input[..length])? {
            trace::ended(Phase::Proxy);
            return Ok(stream.into_inner());
        }
    }
}

/// TLS over the connection, for https.
#[derive(Debug)]
struct Tls {
    config: Option<Arc<ClientConfig>>,
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, TlsStream<In>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(stream) = chained else { return Ok(None) };
        if !details.needs_tls() {
            return Ok(Some(Either::A(stream)));
        }
        let stream = handshake(details, self.config.as_ref(), stream).map_err(opaque)?;
        trace::ended(Phase::Tls);
        Ok(Some(Either::B(stream)))
    }
}

fn handshake<In: Transport>(
    details: &ConnectionDetails<'_>,
    config: Option<&Arc<ClientConfig>>,
    stream: In,
) -> Result<TlsStream<In>, Failure> {
    let invalid = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::new(Phase::Tls, FailureKind::Invalid, error)
    };
    let config = config.ok_or_else(|| invalid("TLS was not set up".into()))?;
    // An IPv6 address stands in brackets in a URI, and without them in a certificate.
    let host = details.uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| invalid(error.into()))?;
    let connection = ClientConnection::new(Arc::clone(config), name);
    let mut connection = connection.map_err(|error| invalid(error.into()))?;
    let mut socket = adapted(details, stream);
    connection.complete_io(&mut socket).map_err(|error| failed_in_tls(error, config))?;
    let sizes = (details.config.input_buffer_size(), details.config.output_buffer_size());
    Ok(TlsStream {
        buffers: LazyBuffers::new(sizes.0, sizes.1),
        inner: StreamOwned::new(connection, socket),
        config: Arc::clone(config),
    })
}

/// A connection to read from and write to, for as long as connecting may still take.
fn adapted<In: Transport>(details: &ConnectionDetails<'_>, stream: In) -> TransportAdapter<In> {
    let spent = match ((details.current_time)(), details.now) {
        (Instant::Exact(now), Instant::Exact(then)) => now.saturating_duration_since(then),
        _ => std::time::Duration::ZERO,
    };
    let after = match details.timeout.after {
        Duration::Exact(after) => Duration::Exact(after.saturating_sub(spent)),
        never => never,
    };
    let mut adapter = TransportAdapter::new(stream, Arc::clone(&details.current_time));
    adapter.set_timeout(NextTimeout { after, ..details.timeout });
    adapter
}

/// A connection with TLS.
struct TlsStream<In: Transport> {
    buffers: LazyBuffers,
    inner: StreamOwned<ClientConnection, TransportAdapter<In>>,
    config: Arc<ClientConfig>,
}

impl<In: Transport> Transport for TlsStream<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.sock.set_timeout(timeout);
        let written = self.inner.write_all(&self.buffers.output()[..amount]);
        written.map_err(|error| self.broken(error))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.sock.set_timeout(timeout);
        // What was left unwritten goes first: a pipe that broke may show here only.
        let read = self.inner.read(self.buffers.input_append_buf());
        let length = read.map_err(|error| self.broken(error))?;
        self.buffers.input_appended(length);
        Ok(length > 0)
    }

    fn is_open(&mut self) -> bool {
        self.inner.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl<In: Transport> TlsStream<In> {
    /// What ended the connection: where the server [refused the handshake late](tls::is_refused_late), that.
    fn broken(&mut self, error: io::Error) -> Error {
        let error = self.said_before(error);
        match failure::of_tls(&error) {
            Some(alert) if tls::is_refused_late(alert) => opaque(failed_in_tls(error, &self.config)),
            _ => error.into(),
        }
    }

    /// Why writing failed: where the server closed, its alert may lie there unread, and says more than a broken pipe.
    fn said_before(&mut self, error: io::Error) -> io::Error {
        if !matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) {
            return error;
        }
        let StreamOwned { conn, sock } = &mut self.inner;
        // Not by the stream's own `read`, which would write first. Nothing more comes from a socket that is closed, so
        // this waits for nobody.
        match conn.read_tls(sock).map(|_| conn.process_new_packets()) {
            Ok(Err(alert)) if tls::is_refused_late(&alert) => {
                io::Error::new(io::ErrorKind::InvalidData, alert)
            }
            _ => error,
        }
    }
}

impl<In: Transport> fmt::Debug for TlsStream<In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").finish_non_exhaustive()
    }
}

fn proxy<'a>(proxies: &'a Proxies, target: &Uri) -> Result<Option<&'a Proxy>, Error> {
    proxies.to(target).map_err(|error| opaque(Failure::new(Phase::Proxy, FailureKind::Invalid, error)))
}

fn unreached(proxy: Option<&Proxy>, failure: Failure) -> Error {
    opaque(match proxy {
        Some(proxy) => proxy.unreached(failure),
        None => failure,
    })
}

fn failed(phase: Phase, error: Error) -> Failure {
    Failure::new(phase, failure::kind(&error), error)
}

fn failed_in_tls(error: io::Error, config: &ClientConfig) -> Failure {
    let cause = failure::of_tls(&error).and_then(|error| tls::cause(error, config));
    let failure = match cause {
        Some(Cause::SelfSigned) => Failure::new(Phase::Tls, FailureKind::Refused, SelfSigned),
        _ => failed(Phase::Tls, error.into()),
    };
    failure.with_cause(cause)
}

/// A failure in the one kind of error that ureq lets through as it is.
fn opaque(failure: Failure) -> Error {
    Error::Other(Box::new(failure))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Names are not found in the time that there is for it.
    #[derive(Debug)]
    struct Unresolving;

    impl Resolver for Unresolving {
        fn resolve(&self, _: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            Err(Error::Timeout(timeout.reason))
        }
    }

    #[test]
    fn a_name_that_is_not_found_in_time_is_told_as_resolving_whoever_sets_the_limit() {
        for (connecting, whole) in [(1, 10), (10, 1)] {
            let seconds = |seconds| Some(std::time::Duration::from_secs(seconds));
            let config = Agent::config_builder().proxy(None).timeout_connect(seconds(connecting));
            let names = Box::new(Unresolving);
            let tcp = Tcp { proxies: Arc::default(), names, inner: TcpConnector::default() };
            let agent = Agent::with_parts(config.timeout_global(seconds(whole)).build(), tcp, Unasked);
            let failure = failure::unanswered(agent.get("http://api.test").call().unwrap_err());
            assert_eq!((failure.phase, failure.kind), (Phase::Resolve, FailureKind::TimedOut));
        }
    }

    /// A connection that is at its end, and keeps how long it was given to say so.
    #[derive(Debug)]
    struct Silent {
        buffers: LazyBuffers,
        given: Arc<Mutex<Vec<Duration>>>,
    }

    impl Transport for Silent {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, _: usize, timeout: NextTimeout) -> Result<(), Error> {
            self.given.lock().unwrap().push(timeout.after);
            Ok(())
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            self.given.lock().unwrap().push(timeout.after);
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    #[test]
    fn what_an_earlier_step_of_connecting_took_is_not_given_to_the_next() {
        let then = std::time::Instant::now();
        let (limit, spent) = (std::time::Duration::from_secs(10), std::time::Duration::from_secs(7));
        let details = ConnectionDetails {
            uri: &Uri::from_static("https://api.test"),
            addrs: Unasked.empty(),
            config: &Agent::config_builder().build(),
            request_level: false,
            resolver: &Unasked,
            now: Instant::Exact(then),
            timeout: NextTimeout { after: Duration::Exact(limit), ..NextTimeout::default() },
            current_time: Arc::new(move || Instant::Exact(then + spent)),
            run_connector: Arc::new(|_| Err(Error::ConnectionFailed)),
            register_shutdown: Arc::new(|_| Ok(())),
        };
        let given = Arc::default();
        let silent = Silent { buffers: LazyBuffers::new(16, 16), given: Arc::clone(&given) };
        let mut stream = adapted(&details, silent);
        stream.write_all(b"anybody?").unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
        assert_eq!(*given.lock().unwrap(), [Duration::Exact(limit - spent); 2]);
    }
}
