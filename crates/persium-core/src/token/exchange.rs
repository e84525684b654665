//! One exchange with the token endpoint.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use zeroize::Zeroizing;

use super::FlightId;
use super::grant::Grant;
use crate::config::{Authentication, Config, Credentials};
use crate::error::{Answer, Error, History, Kind, Peer};
use crate::retry::Verdict;
use crate::time::Now;
use crate::wire::{Failure, Response, Transmit};

/// The permission to talk to the token endpoint once.
///
/// Whoever holds it performs [`transmit`](Self::transmit), hands the outcome to [`finish`](Self::finish) and the result
/// to [`Session::handle_exchange`](crate::Session::handle_exchange); or gives it back with
/// [`Session::abandon_exchange`](crate::Session::abandon_exchange). If both are forgotten, its lease ends and another
/// caller gets another one: nothing that happens to it wedges a client or storms the endpoint.
#[derive(Debug)]
#[must_use = "an exchange is to be performed, or given back with `abandon_exchange`"]
#[cfg_attr(test, derive(Clone))]
pub struct Exchange {
    pub(super) flight: FlightId,
    pub(super) attempt: u32,
    pub(super) sent_at: Now,
    pub(super) credentials: Arc<Credentials>,
    config: Arc<Config>,
    /// How these credentials did before.
    history: History,
}

/// An exchange and what came of it, parsed.
#[derive(Debug)]
#[must_use = "hand it to `Session::handle_exchange`"]
pub struct Finished {
    pub(crate) exchange: Exchange,
    pub(super) outcome: Result<Grant, Refused>,
}

#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: Error,
    pub(super) verdict: Verdict,
}

impl Finished {
    /// Who asked.
    pub(crate) fn credentials(&self) -> &Arc<Credentials> {
        &self.exchange.credentials
    }

    /// How long the token lives that came, or why none did.
    pub(crate) fn lifetime(&self) -> Result<Duration, Error> {
        match &self.outcome {
            Ok(grant) => Ok(grant.lifetime),
            Err(refused) => Err(refused.error.clone()),
        }
    }

    /// Whether the endpoint refused the credentials: the moment to see whether there are newer ones.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.outcome.as_ref().is_err_and(|refused| refused.error.is_credentials())
    }
}

impl Exchange {
    pub(super) fn new(
        flight: FlightId,
        attempt: u32,
        sent_at: Now,
        credentials: Arc<Credentials>,
        config: Arc<Config>,
    ) -> Self {
        Self { flight, attempt, sent_at, credentials, config, history: History::Unknown }
    }

    /// The same, by credentials that brought a token before: what is said of a refusal rests on that.
    pub(crate) fn having_worked(self) -> Self {
        Self { history: History::WorkedBefore, ..self }
    }

    /// Who it asks as.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The token request (RFC 6749 section 4.4.2). Builds and encodes, so call it unlocked.
    #[must_use]
    pub fn transmit(&self) -> Transmit {
        let Config { token_url, authentication, scope, limits, .. } = &*self.config;
        let Credentials { client_id, client_secret } = &*self.credentials;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = token_url.clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        match authentication {
            Authentication::Form => {
                form.append_pair("client_id", client_id).append_pair("client_secret", client_secret.expose());
            }
            Authentication::Basic => {
                headers.insert(AUTHORIZATION, basic(&self.credentials));
            }
        }
        // An empty scope is an unknown one to Keycloak, so it is left out, never sent empty.
        if let Some(scope) = scope.as_deref().filter(|scope| !scope.is_empty()) {
            form.append_pair("scope", scope);
        }
        *request.body_mut() = Bytes::from(form.finish());
        let timeout_at = self.sent_at.monotonic + limits.token_timeout;
        Transmit { request, timeout_at, max_body: limits.max_token_body, resend_count: self.attempt - 1 }
    }

    /// Reads the endpoint's answer. Parses and allocates, so call it unlocked.
    pub fn finish(self, outcome: Result<Response, Failure>) -> Finished {
        let verdict = Verdict::of(outcome.as_ref());
        let about = || {
            let mut circumstances = self.config.circumstances(&self.credentials, self.sent_at.wall);
            circumstances.history = self.history;
            Answer::new(Peer::TokenEndpoint, &Method::POST, &self.config.token_url, circumstances)
        };
        let outcome = match outcome {
            Ok(response) if verdict == Verdict::Accept => {
                Grant::parse(&response).map_err(|problem| Refused {
                    error: Error::answered(
                        Kind::Token(problem),
                        about().with_success(&response, &self.credentials.redactor(None)),
                    ),
                    verdict: Verdict::GiveUp,
                })
            }
            Ok(response) => {
                let kind = match response.status().as_u16() {
                    400 | 401 | 403 => Kind::Denied,
                    _ => Kind::Status,
                };
                let error =
                    Error::answered(kind, about().with_response(&response, &self.credentials.redactor(None)));
                Err(Refused { error, verdict })
            }
            Err(failure) => {
                let limits = &self.config.limits;
                let limit = limits.ended(failure.phase, "token_timeout", limits.token_timeout);
                Err(Refused { error: Error::transport(failure, about(), limit), verdict })
            }
        };
        Finished { exchange: self, outcome }
    }
}

fn basic(credentials: &Credentials) -> HeaderValue {
    let pair = credentials.pair();
    let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&value).expect("base64 is visible ASCII");
    value.set_sensitive(true);
    value
}
