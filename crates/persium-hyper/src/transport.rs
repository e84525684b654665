//! One exchange over HTTP.

use std::error::Error as StdError;
use std::mem;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT_ENCODING, USER_AGENT};
use http::{HeaderValue, Request};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use persium_core::{Failure, FailureKind, Phase, Response, Timeline};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::connect::{Connector, Refusal, find};
use crate::gzip;
use crate::payload::{Payload, Progress};
use crate::timer;
use crate::trace;

/// The longest head of a response, in bytes. hyper looks at what it has read, which may be twice as much.
const MAX_HEAD: usize = 64 * 1024;

/// What moves the bytes. Implement it to send by a client of your own; everything else stays decided by the core.
///
/// ```
/// use std::time::Duration;
///
/// use bytes::Bytes;
/// use persium_core::{Failure, FailureKind, Phase, Response};
/// use persium_hyper::Transport;
///
/// /// A network that is down.
/// struct Down;
///
/// #[async_trait::async_trait]
/// impl Transport for Down {
///     async fn transmit(&self, _: http::Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
///         Err(Failure::new(Phase::Connect, FailureKind::Refused, "the network is down"))
///     }
/// }
/// ```
#[async_trait]
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
    async fn transmit(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
        max_body: usize,
    ) -> Result<Response, Failure>;
}

/// hyper's client: pooled, HTTP/2 where the server offers it, else HTTP/1.1.
pub(crate) struct Http {
    client: legacy::Client<Connector, Payload>,
    user_agent: HeaderValue,
}

impl Http {
    pub(crate) fn new(connector: Connector, pool: &Pool, user_agent: HeaderValue) -> Self {
        let client = legacy::Client::builder(TokioExecutor::new())
            // The core says what is tried again.
            .retry_canceled_requests(false)
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(pool.idle_timeout)
            .pool_max_idle_per_host(pool.max_idle)
            .http1_max_buf_size(MAX_HEAD)
            // A connection that died without a word (a firewall's timeout) would swallow every call put on it until the
            // system gives it up, a quarter of an hour later. It is found out within an attempt.
            .timer(TokioTimer::new())
            .http2_keep_alive_interval(Duration::from_secs(5))
            .http2_keep_alive_timeout(Duration::from_secs(5))
            .build(connector);
        Self { client, user_agent }
    }

    /// Begins to send it, and tells whether somebody would like to know how long that takes. Apart from what waits for the
    /// answer, which would carry the request along.
    fn send(
        &self,
        mut request: Request<Bytes>,
        progress: &Progress,
    ) -> (legacy::ResponseFuture, Option<Timeline>) {
        let timeline = request.extensions_mut().remove();
        let headers = request.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        trace::head("sends", headers);
        (self.client.request(request.map(|body| Payload::new(body, progress))), timeline)
    }
}

#[async_trait]
impl Transport for Http {
    async fn transmit(
        &self,
        request: Request<Bytes>,
        limit: Duration,
        max_body: usize,
    ) -> Result<Response, Failure> {
        if Handle::try_current().is_err() {
            let problem = "this is not inside a tokio runtime";
            return Err(Failure::new(Phase::Connect, FailureKind::Canceled, problem));
        }
        let progress = Progress::default();
        match self.send(request, &progress) {
            (response, None) => answer(response, progress, limit, max_body).await,
            // In a box of its own, so that the others have none the larger.
            (response, Some(_)) => timer::timed(Box::pin(answer(response, progress, limit, max_body))).await,
        }
    }
}

/// The whole answer, within `limit`.
async fn answer(
    response: legacy::ResponseFuture,
    progress: Progress,
    limit: Duration,
    max_body: usize,
) -> Result<Response, Failure> {
    let response = timeout(limit, async {
        let response = progress.note(response).await.map_err(unanswered)?;
        progress.reach(Phase::Body);
        let (parts, body) = response.into_parts();
        trace::ended(Phase::Wait);
        trace::head("receives", &parts.headers);
        Ok(Response::from_parts(parts, whole(body, max_body).await?))
    });
    let response = response
        .await
        .unwrap_or_else(|elapsed| Err(Failure::new(progress.phase(), FailureKind::TimedOut, elapsed)));
    gzip::decoded(response?, max_body)
}

/// All of a body in one piece, `max_body` bytes at most.
///
/// Frames are not kept until the end: each holds on to what was read with it, and a body that comes byte by byte would take
/// two hundred times its length.
async fn whole(mut body: Incoming, max_body: usize) -> Result<Bytes, Failure> {
    let promised = usize::try_from(body.size_hint().lower()).unwrap_or(max_body).min(max_body);
    let (mut only, mut whole) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::new(Phase::Body, FailureKind::Interrupted, error))?;
        let Ok(data) = frame.into_data() else { continue };
        if max_body < only.len() + whole.len() + data.len() {
            return Err(gzip::too_large(max_body));
        }
        if only.is_empty() && whole.is_empty() {
            // As most answers come: nothing needs to be copied.
            only = data;
        } else {
            if whole.is_empty() {
                whole.reserve(promised);
            }
            whole.extend_from_slice(&mem::take(&mut only));
            whole.extend_from_slice(&data);
        }
    }
    Ok(if whole.is_empty() { only } else { whole.freeze() })
}

/// How connections are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    pub(crate) idle_timeout: Duration,
    pub(crate) max_idle: usize,
}

/// How far a request came that got no answer.
fn unanswered(error: legacy::Error) -> Failure {
    if let Some(cause) = error.connect_info().and_then(Refusal::came_on) {
        return Failure::new(Phase::Tls, FailureKind::Refused, error).with_cause(cause);
    }
    if let Some(Failure { phase, kind, cause, .. }) = find(&error) {
        let (phase, kind, cause) = (*phase, *kind, *cause);
        return Failure::new(phase, kind, error).with_cause(cause);
    }
    let (phase, kind) = match find::<hyper::Error>(&error) {
        Some(error) => sent(error),
        None => (Phase::Connect, FailureKind::Interrupted),
    };
    Failure::new(phase, kind, error)
}

/// The same from the moment there was a connection.
fn sent(error: &hyper::Error) -> (Phase, FailureKind) {
    if error.is_canceled() {
        // Dropped before it was written: the connection had gone.
        (Phase::Send, FailureKind::Stale)
    } else if error.is_parse() {
        // hyper has a predicate for this, but for servers alone.
        let is_long = error.to_string().contains("too large");
        (Phase::Wait, if is_long { FailureKind::TooLarge } else { FailureKind::Invalid })
    } else {
        let io = error.source().and_then(|source| find::<std::io::Error>(source));
        (Phase::Wait, io.map_or(FailureKind::Interrupted, |error| error.kind().into()))
    }
}
