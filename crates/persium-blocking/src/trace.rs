//! What is told to `tracing`: spans and events with OpenTelemetry's names, nothing secret.
//!
//! An error that is returned is not told: what is told here is what no error tells, that something took several attempts
//! or was done in nobody's name.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use persium_core::telemetry::{self, ErrorType, Head, Url};
use persium_core::{Error, Failure, Now, Phase, Response, Upshot};
use tracing::{Span, debug, field, info, info_span, trace, warn};

use crate::timer;

/// The span of a call, from its first wait to its end, by what it is after.
pub(crate) fn call<C>() -> Span {
    info_span!(
        "call",
        otel.kind = "internal",
        persium.caller = %telemetry::name_of::<C>(),
        otel.status_code = field::Empty,
        error.type = field::Empty,
    )
}

/// How the call ended. Its error goes to the caller, and only its class is told.
pub(crate) fn called<T>(span: &Span, result: &Result<T, Error>) {
    if let Err(error) = result {
        failed(span, error.into());
    }
}

/// The span of an exchange with the token endpoint. Whoever set it off may be gone before it ends, so it is in nobody's.
pub(crate) fn exchange() -> Span {
    let span = info_span!(
        parent: None,
        "exchange",
        otel.kind = "internal",
        otel.status_code = field::Empty,
        error.type = field::Empty,
    );
    span.follows_from(Span::current());
    span
}

/// What the exchange came to. Only where nobody else is told why there is no token, it is told here.
pub(crate) fn exchanged(span: &Span, upshot: &Upshot, now: Now) {
    match upshot {
        Upshot::Granted { lifetime } => debug!(lifetime_s = lifetime.as_secs_f64(), "a token came"),
        Upshot::Again { at, error } => {
            let kind = failed(span, error.into());
            let pause = millis(at.since(now.monotonic));
            info!(error.type = %kind, pause_ms = pause, "no token came: waits to ask again");
        }
        Upshot::Kept { error } => {
            let kind = failed(span, error.into());
            warn!(error.type = %kind, %error, "no token came: the one there is goes on being used");
        }
        Upshot::Failed { error } => {
            failed(span, error.into());
            debug!("no token came");
        }
        _ => debug!("came too late to count"),
    }
}

/// The span of one attempt: a request to the API or to the token endpoint.
pub(crate) fn attempt(request: &Request<Bytes>, resend_count: u32) -> Span {
    let uri = request.uri();
    info_span!(
        "http",
        otel.kind = "client",
        otel.name = %request.method(),
        http.request.method = %request.method(),
        server.address = uri.host().unwrap_or_default(),
        server.port = Url(uri).port(),
        url.full = %Url(uri),
        http.request.resend_count = (0 < resend_count).then_some(resend_count),
        http.response.status_code = field::Empty,
        network.protocol.version = field::Empty,
        otel.status_code = field::Empty,
        error.type = field::Empty,
    )
}

/// What came of it.
pub(crate) fn outcome(span: &Span, outcome: Result<&Response, &Failure>) {
    let _entered = span.enter();
    if let Ok(response) = outcome {
        span.record("http.response.status_code", response.status().as_u16());
        span.record("network.protocol.version", telemetry::protocol_version(response.version()));
    }
    if let Some(kind) = ErrorType::of(outcome) {
        failed(span, kind);
    }
    match outcome {
        Ok(response) => debug!(bytes = response.body().len(), "answered"),
        Err(_) => debug!("not answered"),
    }
}

/// Once a wait, however often it is looked whether that is over.
pub(crate) fn waits_for_token() {
    debug!("waits for a token");
}

/// After what, and for how long.
pub(crate) fn waits_to_retry(after: Option<ErrorType>, pause: Duration) {
    info!(error.type = after.map(field::display), pause_ms = millis(pause), "waits to try again");
}

/// The API answered 401 to a token that should be good.
pub(crate) fn refused() {
    info!("the API refused the token");
}

/// A phase that ended well. When it did is told by when this is, and to who [times](timer) the exchange.
pub(crate) fn ended(phase: Phase) {
    timer::on_ended(phase);
    trace!(%phase, "done");
}

/// The head of a request or a response.
pub(crate) fn head(message: &'static str, headers: &HeaderMap) {
    trace!(headers = %Head(headers), "{message}");
}

fn failed(span: &Span, kind: ErrorType) -> ErrorType {
    span.record("error.type", field::display(kind));
    span.record("otel.status_code", "ERROR");
    kind
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
