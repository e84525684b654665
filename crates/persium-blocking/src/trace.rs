//! What is told to `tracing`: spans and events with OpenTelemetry's names, nothing secret.
//!
//! An error is returned, not logged: what is told here is what no error tells, that something took several attempts.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE,
    RETRY_AFTER, SERVER, TRANSFER_ENCODING, USER_AGENT, VIA,
};
use http::{HeaderMap, HeaderName, Request};
use persium_core::{Failure, Phase, Response};
use tracing::{Span, debug, debug_span, field, trace};

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

/// A phase that ended well. When it did is told by when this is.
pub(crate) fn ended(phase: Phase) {
    trace!(%phase, "done");
}

/// The head of a request or a response.
pub(crate) fn head(message: &'static str, headers: &HeaderMap) {
    trace!(headers = %Head(headers), "{message}");
}

/// The header fields whose values are told: harmless ones. Any other may hold a credential, or echo one.
const TOLD: [HeaderName; 13] = [
    ACCEPT,
    ACCEPT_ENCODING,
    CACHE_CONTROL,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    DATE,
    RETRY_AFTER,
    SERVER,
    TRANSFER_ENCODING,
    USER_AGENT,
    VIA,
    HeaderName::from_static("x-request-id"),
];

/// All names, and the values that are told.
struct Head<'a>(&'a HeaderMap);

impl fmt::Display for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            match value.to_str() {
                Ok(value) if TOLD.contains(name) => write!(f, "{separator}{name}: {value}")?,
                _ => write!(f, "{separator}{name}: [not shown]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_harmless_values_are_told() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("authorization", HeaderValue::from_static("Bearer s3cret"));
        headers.insert("x-debug", HeaderValue::from_static("you sent s3cret"));
        assert_eq!(
            Head(&headers).to_string(),
            "content-type: application/json; authorization: [not shown]; x-debug: [not shown]"
        );
    }
}
