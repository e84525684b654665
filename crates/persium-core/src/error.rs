//! The one error type of the core and every adapter.

mod answer;
mod circumstances;
mod kind;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

pub(crate) use answer::{Answer, Peer};
pub(crate) use circumstances::{Circumstances, History, Oddity};
pub(crate) use kind::{Flaw, Kind, Limit, Unrepeated, Waiting};

use crate::secret::Redactor;
use crate::wire::{Failure, FailureKind, Phase};

/// Why a call failed, and what it rests on.
///
/// Cheap to clone: callers that waited for the same token share the error that ended the wait. What it prints
/// (`Display`, `Debug`, [`source`](StdError::source)) holds no secret and no token.
///
/// Decide by the predicates, show the text to a person:
///
/// ```
/// use persium_core::Config;
///
/// let error = Config::from_lookup(|_| None::<String>).unwrap_err();
/// assert!(error.is_config());
/// assert_eq!(error.variable(), Some("TOKEN_URL"));
/// assert_eq!(error.to_string(), "TOKEN_URL is not set");
/// assert!(error.hint().contains("Persium"), "it says what to do next");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: Kind,
    /// The exchange it was about, where there was one.
    answer: Option<Answer>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    unrepeated: Option<Unrepeated>,
}

impl Error {
    /// An answer that is not what an operation promises: for implementations of
    /// [`Operation::decode`](crate::Operation::decode). `expected` says what was expected, and what came instead.
    #[must_use]
    pub fn decode(expected: impl Into<String>) -> Self {
        Self::new(Kind::Decode(expected.into()))
    }

    /// A setting that cannot be: `variable` is its name as the user writes it, `problem` reads on from there, as in
    /// "is not set". Neither may hold a secret.
    #[must_use]
    pub fn config(variable: &'static str, problem: impl Into<String>) -> Self {
        Self::flawed(variable, Flaw::Other, problem)
    }

    /// A call that its caller called off.
    #[must_use]
    pub fn canceled() -> Self {
        Self::new(Kind::Canceled)
    }

    /// A request whose token the API refused, and whose body cannot be sent a second time: for who sends requests by
    /// other means.
    #[must_use]
    pub fn sent_once() -> Self {
        Self::new(Kind::SentOnce)
    }

    /// A value of the configuration is missing or cannot be right: [`variable`](Self::variable) names it.
    #[must_use]
    pub fn is_config(&self) -> bool {
        matches!(self.0.kind, Kind::Config { .. })
    }

    /// The token endpoint refused the client: 400, 401 or 403, whatever code it gave.
    ///
    /// Keycloak says `invalid_client` for an unknown client and `unauthorized_client` for a wrong secret; others do not
    /// tell the two apart, so neither does this.
    #[must_use]
    pub fn is_credentials(&self) -> bool {
        matches!(self.0.kind, Kind::Denied)
    }

    /// The API refused a fresh token (401), or there was no time for a fresh one, or no second request to put it on.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.0.kind, Kind::Unauthorized | Kind::SentOnce)
    }

    /// The API answered 403: the client is known, but disabled or not allowed this.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.is_api_status(|status| status == StatusCode::FORBIDDEN)
    }

    /// The API answered 404: it does not exist, or belongs to another organisation; the API does not tell which.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is_api_status(|status| status == StatusCode::NOT_FOUND)
    }

    /// The request itself is at fault: the API answered a 4xx that is none of 401, 403, 404 and 429, or it could not be
    /// sent at all.
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        let other = |status: StatusCode| {
            status.is_client_error() && !matches!(status.as_u16(), 401 | 403 | 404 | 429)
        };
        matches!(self.0.kind, Kind::Request(_) | Kind::Elsewhere { .. }) || self.is_api_status(other)
    }

    /// The API or the token endpoint answered 429.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Nothing is wrong with the request as far as can be told, and a later one may succeed: a 5xx, a fault of the
    /// network, a deadline, a token endpoint that is down.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match &self.0.kind {
            Kind::Transport { .. } | Kind::Lost(_) | Kind::Deadline(_) => true,
            Kind::Status => self.status().is_some_and(|status| status.is_server_error()),
            _ => false,
        }
    }

    /// A deadline passed: the call's, an attempt's, or one of the transport's.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(
            &self.0.kind,
            Kind::Deadline(_) | Kind::Lost(_) | Kind::Transport { kind: FailureKind::TimedOut, .. }
        )
    }

    /// An answer came, and it is not what the API promises.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode(_) | Kind::Token(_))
    }

    /// The caller called it off.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        matches!(self.0.kind, Kind::Canceled | Kind::Transport { kind: FailureKind::Canceled, .. })
    }

    /// It might have gone better another time, and the call had attempts left: it was not tried again because the
    /// client's calls have spent their [retry budget](crate::Limits::retry_budget).
    #[must_use]
    pub fn is_budget_spent(&self) -> bool {
        matches!(self.0.unrepeated, Some(Unrepeated::Budget))
    }

    /// The configuration value at fault, by the name it is set with.
    #[must_use]
    pub fn variable(&self) -> Option<&'static str> {
        match self.0.kind {
            Kind::Config { variable, .. } => Some(variable),
            _ => None,
        }
    }

    /// The status of the answer this rests on.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref()?.status
    }

    /// The OAuth error code (RFC 6749 section 5.2), as the token endpoint wrote it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.answer.as_ref()?.code.as_deref()
    }

    /// The server's own words, redacted and cut to a line.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.answer.as_ref()?.message.as_deref()
    }

    /// The body of the answer, redacted, up to 64 KiB.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.answer.as_ref()?.body.as_ref()
    }

    /// How far the exchange got that failed.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        match self.0.kind {
            Kind::Transport { phase, .. } | Kind::Deadline(Waiting::Answer(phase)) => Some(phase),
            _ => None,
        }
    }

    /// What ended it, where time did: the name of the limit among [`Limits`](crate::Limits), such as `call_timeout` for
    /// the call's own deadline (also one that was given to the call alone) and `attempt_timeout` for one attempt's.
    #[must_use]
    pub fn limit(&self) -> Option<&'static str> {
        match &self.0.kind {
            Kind::Deadline(_) => Some("call_timeout"),
            Kind::Lost(limit) | Kind::Transport { limit: Some(limit), .. } => Some(limit.name),
            _ => None,
        }
    }

    /// How long the server asked us to stay away, where it gave that in seconds or beside a `Date`.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.answer.as_ref()?.retry_after
    }

    /// The `x-request-id` of the answer, for Persium's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.as_ref()?.request_id.as_deref()
    }

    /// What was asked: `GET https://host/path?query`.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        Some(self.0.answer.as_ref()?.endpoint.as_str())
    }

    pub(crate) fn new(kind: Kind) -> Self {
        Self::because(kind, None, None)
    }

    pub(crate) fn flawed(variable: &'static str, flaw: Flaw, problem: impl Into<String>) -> Self {
        Self::new(Kind::Config { variable, flaw, problem: problem.into() })
    }

    /// What it is, for a diagnosis.
    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// What it rests on, for a diagnosis.
    pub(crate) fn answer(&self) -> Option<&Answer> {
        self.0.answer.as_ref()
    }

    pub(crate) fn answered(kind: Kind, answer: Answer) -> Self {
        Self::because(kind, Some(answer), None)
    }

    /// `limit`: the one that ended it, should it be time that did.
    pub(crate) fn transport(failure: Failure, answer: Answer, limit: Limit) -> Self {
        let Failure { phase, kind, cause, source, timeline: _ } = failure;
        let limit = (kind == FailureKind::TimedOut).then_some(limit);
        Self::because(
            Kind::Transport { peer: answer.peer, phase, kind, cause, limit },
            Some(answer),
            Some(source),
        )
    }

    /// What led to it is kept as its source.
    pub(crate) fn because(
        kind: Kind,
        answer: Option<Answer>,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Inner { kind, answer, source, unrepeated: None }))
    }

    /// The same error, which might have gone better another time, with why there was none. One that is shared already
    /// stays as it is.
    pub(crate) fn unrepeated(mut self, reason: Unrepeated) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0)
            // Which says already that there is no time left.
            && !matches!(inner.kind, Kind::Deadline(_))
        {
            inner.unrepeated = Some(reason);
        }
        self
    }

    /// The same error with the exchange it was about, and without the secrets that its own text may have picked up there.
    /// One that is shared already stays as it is.
    pub(crate) fn about(self, redactor: &Redactor, answer: impl FnOnce() -> Answer) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(Inner { kind, answer: None, source, .. }) => {
                Self::because(kind.redacted(redactor), Some(answer()), source)
            }
            Ok(inner) => Self(Arc::new(inner)),
            Err(shared) => Self(shared),
        }
    }

    fn is_api_status(&self, matches: impl FnOnce(StatusCode) -> bool) -> bool {
        match &self.0.answer {
            Some(Answer { peer: Peer::Api, status: Some(status), .. })
                if matches!(self.0.kind, Kind::Status) =>
            {
                matches(*status)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.write(self.0.answer.as_ref(), f)?;
        match &self.0.unrepeated {
            None => Ok(()),
            Some(reason) => write!(f, "; not tried again: {reason}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, answer, source, unrepeated } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("answer", answer)
            .field("source", source)
            .field("unrepeated", unrepeated)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &'static str) -> Answer {
        let uri = http::Uri::from_static("https://api.test/api/m2m/v1/stations?page=1");
        let response =
            http::Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap();
        Answer::new(Peer::Api, &http::Method::GET, &uri, None)
            .with_response(&response, &Redactor::new(["s3cret"]))
    }

    #[test]
    fn an_answer_is_shown_by_status_and_in_the_servers_words() {
        let error = Error::answered(Kind::Status, answered(404, r#"{"error":"station not found"}"#));
        assert_eq!(
            error.to_string(),
            "GET https://api.test/api/m2m/v1/stations?page=1 was answered 404 Not Found: station not found"
        );
        assert!(error.is_not_found() && !error.is_bad_request() && !error.is_unavailable());
    }

    #[test]
    fn nothing_it_prints_holds_a_secret() {
        let error = Error::answered(Kind::Status, answered(500, r#"{"error":"bad s3cret","more":"s3cret"}"#));
        assert_eq!(error.message(), Some("bad [redacted]"));
        assert!(!format!("{error} {error:?} {:?}", error.body()).contains("s3cret"));
    }

    #[test]
    fn an_error_is_shared_not_copied() {
        let error = Error::canceled();
        let clone = error.clone().about(&Redactor::new([]), || answered(200, ""));
        assert!(clone.status().is_none(), "what others hold does not change under them");
    }
}
