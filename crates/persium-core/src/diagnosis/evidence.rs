//! What a diagnosis rests on.

use std::time::Duration;

use http::{Method, StatusCode, Uri};
use time::OffsetDateTime;

use super::finding::Diagnosis;
use super::rules;
use crate::claims::Claims;
use crate::config::Config;
use crate::error::{Answer, Error, Kind, Peer};
use crate::time::Now;
use crate::token::Bearer;
use crate::wire::Response;

/// What a diagnosis rests on: an error, and what is known beside it.
///
/// ```
/// use persium_core::Error;
/// use persium_core::diagnosis::{Evidence, codes};
/// use time::OffsetDateTime;
///
/// let error = Error::canceled();
/// let issued = OffsetDateTime::from_unix_timestamp(1_795_428_000).unwrap();
/// let diagnosis = Evidence::of(&error).issued_at(issued).diagnose();
/// assert_eq!(diagnosis.first().map(|finding| finding.code()), Some(codes::CALLED_OFF));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub(super) error: Option<Error>,
    /// When Persium issued the credentials, since the Unix epoch.
    pub(super) issued_at: Option<Duration>,
}

impl Evidence {
    /// An error.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        Self { error: Some(error.clone()), ..Self::default() }
    }

    /// An answer to a request that was sent by other means, with a [`Bearer`](crate::Bearer) of ours. `now` is when it
    /// was sent.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persium_core::{Bearer, Config, Now, Response};
    /// # use persium_core::diagnosis::{Evidence, Finding};
    /// fn why(config: &Config, bearer: &Bearer, sent_at: Now, uri: &http::Uri, answer: &Response) -> Option<Finding> {
    ///     Evidence::of_refusal(config, bearer, sent_at, uri, answer).diagnose().first().cloned()
    /// }
    /// ```
    #[must_use]
    pub fn of_refusal(config: &Config, bearer: &Bearer, now: Now, uri: &Uri, response: &Response) -> Self {
        let mut circumstances = config.circumstances(&config.credentials, now.wall);
        let redactor = config.credentials.redactor(Some(bearer.token()));
        circumstances.claims = Claims::read(bearer.token(), &redactor);
        let kind = match response.status() {
            StatusCode::UNAUTHORIZED => Kind::Unauthorized,
            _ => Kind::Status,
        };
        let answer = Answer::new(Peer::Api, &Method::GET, uri, circumstances);
        Self::of(&Error::answered(kind, answer.with_response(response, &redactor)))
    }

    /// When Persium issued the credentials, as you know it: new ones may take an hour to work.
    #[must_use]
    pub fn issued_at(self, time: OffsetDateTime) -> Self {
        let seconds = u64::try_from(time.unix_timestamp()).unwrap_or(0);
        Self { issued_at: Some(Duration::from_secs(seconds)), ..self }
    }

    /// What it points at.
    #[must_use]
    pub fn diagnose(&self) -> Diagnosis {
        let findings = self.error.as_ref().map(|error| rules::of_error(error, self));
        Diagnosis::new(findings.unwrap_or_default())
    }
}
