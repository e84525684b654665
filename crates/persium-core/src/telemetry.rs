//! What there is to tell of requests, by OpenTelemetry's names and without secrets: for an adapter's spans and events.
//!
//! The names are those of the [semantic conventions for HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-spans/),
//! and the values are worked out here, so that every adapter tells the same.

use std::{any, fmt};

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE,
    RETRY_AFTER, SERVER, TRANSFER_ENCODING, USER_AGENT, VIA,
};
use http::{HeaderMap, HeaderName, StatusCode, Uri, Version};

use crate::error::Error;
use crate::wire::{Failure, FailureKind, Phase, Response};

/// `error.type`: the class of what went wrong, one of a few words, fit to be counted by.
///
/// Of an answer it is the status; of a [`Failure`] how far it came and what happened there, as in `connect.refused`; of an
/// [`Error`] the predicate that holds, as in `unavailable`.
///
/// ```
/// use persium_core::telemetry::ErrorType;
/// use persium_core::{Error, Failure, FailureKind, Phase};
///
/// let failure = Failure::new(Phase::Connect, FailureKind::TimedOut, "nobody answers");
/// assert_eq!(ErrorType::from(&failure).to_string(), "connect.timed_out");
/// assert_eq!(ErrorType::from(&Error::canceled()).to_string(), "canceled");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ErrorType(Type);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Type {
    Status(StatusCode),
    Failure(Phase, FailureKind),
    Error(&'static str),
}

impl ErrorType {
    /// What went wrong with a request; `None`: nothing did. Any status from 400 on is an error to a client's span.
    #[must_use]
    pub fn of(outcome: Result<&Response, &Failure>) -> Option<Self> {
        match outcome {
            Ok(response) => {
                let status = response.status();
                let is_error = status.is_client_error() || status.is_server_error();
                is_error.then_some(Self(Type::Status(status)))
            }
            Err(failure) => Some(failure.into()),
        }
    }
}

impl From<&Failure> for ErrorType {
    fn from(failure: &Failure) -> Self {
        Self(Type::Failure(failure.phase, failure.kind))
    }
}

/// The first predicate that holds, the more telling ones first.
impl From<&Error> for ErrorType {
    fn from(error: &Error) -> Self {
        let classes = [
            (error.is_config(), "config"),
            (error.is_canceled(), "canceled"),
            (error.is_throttled(), "throttled"),
            (error.is_credentials(), "credentials"),
            (error.is_unauthorized(), "unauthorized"),
            (error.is_forbidden(), "forbidden"),
            (error.is_not_found(), "not_found"),
            (error.is_bad_request(), "bad_request"),
            (error.is_timeout(), "timeout"),
            (error.is_unavailable(), "unavailable"),
            (error.is_decode(), "decode"),
        ];
        // The convention's word for whatever has none.
        Self(Type::Error(
            classes.into_iter().find_map(|(fits, class)| fits.then_some(class)).unwrap_or("_OTHER"),
        ))
    }
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (phase, kind) = match self.0 {
            Type::Status(status) => return f.write_str(status.as_str()),
            Type::Error(class) => return f.write_str(class),
            Type::Failure(phase, kind) => (phase, kind),
        };
        let phase = match phase {
            Phase::Resolve => "resolve",
            Phase::Connect => "connect",
            Phase::Proxy => "proxy",
            Phase::Tls => "tls",
            Phase::Send => "send",
            Phase::Wait => "wait",
            Phase::Body => "body",
        };
        let kind = match kind {
            FailureKind::Refused => "refused",
            FailureKind::Interrupted => "interrupted",
            FailureKind::Stale => "stale",
            FailureKind::TimedOut => "timed_out",
            FailureKind::TooLarge => "too_large",
            FailureKind::Invalid => "invalid",
            FailureKind::Canceled => "canceled",
        };
        write!(f, "{phase}.{kind}")
    }
}

/// `url.full`: a URL without a user's name and password, should there be any.
///
/// ```
/// use persium_core::telemetry::Url;
///
/// let uri = http::Uri::from_static("https://me:s3cret@api.test:8443/me?page=1");
/// assert_eq!(Url(&uri).to_string(), "https://api.test:8443/me?page=1");
/// assert_eq!(Url(&uri).port(), Some(8443));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Url<'a>(pub &'a Uri);

impl Url<'_> {
    /// `server.port`: as it stands there, or else its scheme's.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.0.port_u16().or(match self.0.scheme_str() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        })
    }
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(scheme), Some(host)) = (self.0.scheme_str(), self.0.host()) {
            write!(f, "{scheme}://{host}")?;
        }
        if let Some(port) = self.0.port_u16() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())?;
        self.0.query().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

/// `network.protocol.version`: as in `1.1`; `None` for a version that has no number here.
#[must_use]
pub fn protocol_version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// What a [`Caller`](crate::Caller) is after, by its type's name without modules: `Call<Me>`. For people; it may change
/// with any compiler.
#[must_use]
pub fn name_of<C>() -> String {
    let (mut short, mut word) = (String::new(), String::new());
    for letter in any::type_name::<C>().chars() {
        match letter {
            ':' => word.clear(),
            '<' | '>' | ',' | ' ' | '&' | '(' | ')' => {
                short.push_str(&word);
                short.push(letter);
                word.clear();
            }
            _ => word.push(letter),
        }
    }
    short + &word
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

/// The head of a request or a response: every name, and the values of fields that are known to be harmless.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use persium_core::telemetry::Head;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("content-type", HeaderValue::from_static("application/json"));
/// headers.insert("authorization", HeaderValue::from_static("Bearer s3cret"));
/// headers.insert("x-debug", HeaderValue::from_static("you sent s3cret"));
/// assert_eq!(
///     Head(&headers).to_string(),
///     "content-type: application/json; authorization: [not shown]; x-debug: [not shown]"
/// );
/// ```
#[derive(Clone, Copy)]
pub struct Head<'a>(pub &'a HeaderMap);

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

/// As it is displayed: a derived one would show every value.
impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn an_answer_is_an_error_by_its_status_and_a_failure_by_how_far_it_came() {
        let answer = |status| http::Response::builder().status(status).body(Bytes::new()).unwrap();
        let of = |status| ErrorType::of(Ok(&answer(status))).map(|kind| kind.to_string());
        assert_eq!(of(200), None);
        assert_eq!(of(302), None);
        assert_eq!(of(401).as_deref(), Some("401"));
        assert_eq!(of(503).as_deref(), Some("503"));
        let failure = Failure::new(Phase::Tls, FailureKind::Refused, "no such authority");
        assert_eq!(ErrorType::of(Err(&failure)).unwrap().to_string(), "tls.refused");
    }

    #[test]
    fn an_error_is_classed_by_the_predicate_that_holds() {
        assert_eq!(ErrorType::from(&Error::config("CLIENT_ID", "is not set")).to_string(), "config");
        assert_eq!(ErrorType::from(&Error::decode("a number")).to_string(), "decode");
        assert_eq!(ErrorType::from(&Error::sent_once()).to_string(), "unauthorized");
    }

    #[test]
    fn a_caller_is_named_by_its_type_without_modules() {
        assert_eq!(name_of::<Response>(), "Response<Bytes>");
        assert_eq!(name_of::<(Vec<Version>, &str)>(), "(Vec<Version>, &str)");
    }

    #[test]
    fn a_port_that_is_not_written_is_the_schemes() {
        assert_eq!(Url(&Uri::from_static("https://api.test/me")).port(), Some(443));
        assert_eq!(Url(&Uri::from_static("http://[::1]/me")).port(), Some(80));
        assert_eq!(Url(&Uri::from_static("/me")).to_string(), "/me");
    }
}
