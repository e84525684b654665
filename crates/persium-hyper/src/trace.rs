//! What is told to `tracing`: spans and events with OpenTelemetry's names, nothing secret.
//!
//! An error is returned, not logged: what is told here is what no error tells, that something took several attempts.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use persium_core::{Failure, Response};
use tracing::{Span, debug, debug_span, field};

/// The span of one attempt: a request to the API or to the token endpoint.
pub(crate) fn attempt(request: &Request<Bytes>) -> Span {
    let uri = request.uri();
    debug_span!(
        "http",
        otel.kind = "client",
        http.request.method = %request.method(),
        server.address = uri.host().unwrap_or_default(),
        server.port = uri.port_u16(),
        url.path = uri.path(),
        url.query = uri.query(),
        http.response.status_code = field::Empty,
        http.response.body.size = field::Empty,
        error.type = field::Empty,
    )
}

/// What came of it.
pub(crate) fn outcome(span: &Span, outcome: Result<&Response, &Failure>) {
    match outcome {
        Ok(response) => {
            span.record("http.response.status_code", response.status().as_u16());
            span.record("http.response.body.size", response.body().len());
            span.in_scope(|| debug!("answered"));
        }
        Err(Failure { phase, kind, .. }) => {
            span.record("error.type", field::display(format_args!("{phase}: {kind}")));
            span.in_scope(|| debug!("not answered"));
        }
    }
}

pub(crate) fn waits_for_token() {
    debug!("waits for a token");
}

pub(crate) fn waits_to_retry(pause: Duration) {
    debug!(pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX), "waits to try again");
}
