//! One exchange over HTTP.

use std::io::Read as _;
use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, USER_AGENT};
use http::{HeaderValue, Request};
use persium_core::{Failure, FailureKind, Phase, Proxies, Response, Timeline, Transmit};
use rustls::ClientConfig;
use tracing::Span;
use ureq::Agent;
use ureq::config::AutoHeaderValue;

use crate::cancel::Cancel;
use crate::connect;
use crate::failure;
use crate::gzip;
use crate::park::with_parker;
use crate::permits::Permit;
use crate::sync::{Mutex, thread};
use crate::timer;
use crate::trace;

/// The longest head of a response, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// What moves the bytes. Implement it to send by a client of your own; everything else stays decided by the core.
///
/// ```
/// use std::time::Duration;
///
/// use bytes::Bytes;
/// use persium_blocking::Transport;
/// use persium_core::{Failure, FailureKind, Phase, Response};
///
/// /// A network that is down.
/// struct Down;
///
/// impl Transport for Down {
///     fn transmit(&self, _: http::Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
///         Err(Failure::new(Phase::Connect, FailureKind::Refused, "the network is down"))
///     }
/// }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` and reads the whole response.
    ///
    /// Redirects must not be followed, and no header with a credential may be added or logged.
    ///
    /// Where the request carries a [`Timeline`] among its extensions, somebody would like to know how long its phases took; that
    /// may be left untold.
    ///
    /// # Errors
    ///
    /// With how far it came: [`FailureKind::TimedOut`] where that took longer than `timeout`, and
    /// [`FailureKind::TooLarge`] for a body of more than `max_body` bytes, decompressed.
    fn transmit(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
        max_body: usize,
    ) -> Result<Response, Failure>;
}

/// ureq's client: pooled, HTTP/1.1.
pub(crate) struct Http {
    agent: Agent,
    user_agent: HeaderValue,
}

/// How connections are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    pub(crate) idle_timeout: Duration,
    pub(crate) max_idle: usize,
}

impl Http {
    /// A connection that is not open after `limit` has failed.
    pub(crate) fn new(
        proxies: Proxies,
        tls: Option<ClientConfig>,
        limit: Duration,
        pool: &Pool,
        user_agent: HeaderValue,
    ) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(AutoHeaderValue::None)
            .accept(AutoHeaderValue::None)
            .timeout_connect(Some(limit))
            .max_response_header_size(MAX_HEAD)
            .max_idle_age(pool.idle_timeout)
            .max_idle_connections(pool.max_idle)
            .max_idle_connections_per_host(pool.max_idle)
            .build();
        Self { agent: connect::agent(config, proxies, tls), user_agent }
    }
}

impl Transport for Http {
    fn transmit(
        &self,
        mut request: Request<Bytes>,
        timeout: Duration,
        max_body: usize,
    ) -> Result<Response, Failure> {
        match request.extensions_mut().remove::<Timeline>() {
            None => self.exchange(request, timeout, max_body),
            Some(_) => timer::timed(|| self.exchange(request, timeout, max_body)),
        }
    }
}

impl Http {
    fn exchange(
        &self,
        mut request: Request<Bytes>,
        timeout: Duration,
        max_body: usize,
    ) -> Result<Response, Failure> {
        let headers = request.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        trace::head("sends", headers);
        // No time at all is one to ureq that never ends.
        let timeout = timeout.max(Duration::from_millis(1));
        let outcome = if request.body().is_empty() {
            let request = self.agent.configure_request(request.map(drop));
            self.agent.run(request.timeout_global(Some(timeout)).build())
        } else {
            let request = self.agent.configure_request(request.map(Vec::from));
            self.agent.run(request.timeout_global(Some(timeout)).build())
        };
        let (parts, body) = outcome.map_err(failure::unanswered)?.into_parts();
        trace::ended(Phase::Wait);
        trace::head("receives", &parts.headers);
        let mut bytes = Vec::new();
        // One byte more than is allowed tells too much from just enough.
        let bound = u64::try_from(max_body).unwrap_or(u64::MAX).saturating_add(1);
        let reader = body.into_with_config().limit(u64::MAX).reader();
        reader.take(bound).read_to_end(&mut bytes).map_err(failure::in_body)?;
        if max_body < bytes.len() {
            return Err(gzip::too_large(max_body));
        }
        gzip::decoded(Response::from_parts(parts, Bytes::from(bytes)), max_body)
    }
}

/// Sends on a thread of its own, so that this one can leave when it is told to. The other one ends by its timeout, and has
/// the permit until then.
pub(crate) fn cancelable(
    transport: &Arc<dyn Transport>,
    cancel: &Cancel,
    permit: &mut Option<Permit>,
    transmit: Transmit,
    timeout: Duration,
) -> Result<Response, Failure> {
    let canceled = || Failure::new(Phase::Wait, FailureKind::Canceled, "called off");
    with_parker(|parker, waker| {
        let Some(_listening) = cancel.listen(waker) else { return Err(canceled()) };
        let outcome = Arc::default();
        let pledge = Pledge { outcome: Arc::clone(&outcome), waker: waker.clone() };
        let work = {
            let (transport, span, permit) = (Arc::clone(transport), Span::current(), permit.take());
            move || {
                let send = || transport.transmit(transmit.request, timeout, transmit.max_body);
                let outcome = span.in_scope(send);
                pledge.keep(outcome, permit);
            }
        };
        thread::Builder::new()
            .name("persium-call".to_owned())
            .spawn(work)
            .map_err(|error| Failure::new(Phase::Connect, FailureKind::Interrupted, error))?;
        loop {
            let kept = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((outcome, back)) = kept {
                *permit = back;
                return outcome;
            }
            if cancel.is_canceled() {
                return Err(canceled());
            }
            parker.park(None);
        }
    })
}

/// An outcome that somebody waits for. A transport of the user's that panics owes one too.
struct Pledge {
    outcome: Arc<Mutex<Option<Kept>>>,
    waker: Waker,
}

/// With the permit that the request went out by.
type Kept = (Result<Response, Failure>, Option<Permit>);

impl Pledge {
    fn keep(self, outcome: Result<Response, Failure>, permit: Option<Permit>) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some((outcome, permit));
    }
}

impl Drop for Pledge {
    fn drop(&mut self) {
        let panicked =
            || (Err(Failure::new(Phase::Wait, FailureKind::Interrupted, "the transport panicked")), None);
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(panicked);
        self.waker.wake_by_ref();
    }
}
