//! Whether a bearer token opens the API, and the challenge where it does not (RFC 6750 §3).

use serde::Deserialize;

use super::answer;
use crate::keys::{NotAToken, TrustedKeys};
use crate::message::{Reply, Request};

/// What the API trusts: issuers and the keys they sign with.
pub(crate) struct Access<'a> {
    /// Seconds since the Unix epoch, by the server's clock.
    pub(crate) now: i64,
    pub(crate) issuers: &'a [(String, TrustedKeys)],
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Denial {
    /// It has no bearer token.
    Missing,
    /// More than one `Authorization`.
    Twice,
    /// The token is none, or of nobody we trust.
    Invalid,
    /// Its time is over.
    Expired,
    /// It was good until somebody took it back.
    Revoked,
    /// The client it was given to is not registered.
    Unregistered,
    /// The client is registered and turned off.
    Disabled,
    /// The token has not the scope that is asked for.
    InsufficientScope,
}

/// What of a token's claims decides.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) azp: String,
    pub(crate) exp: i64,
}

/// The token of a request's `Authorization` header, the scheme in any case.
pub(crate) fn bearer(request: &Request) -> Result<&str, Denial> {
    let mut values = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let value = values.next().ok_or(Denial::Missing)?.1.as_str();
    if values.next().is_some() {
        return Err(Denial::Twice);
    }
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() => Ok(token),
        _ => Err(Denial::Missing),
    }
}

impl Access<'_> {
    /// Verifies signature, issuer and expiry of a token. No leeway: Keycloak's and ours run by one clock.
    pub(crate) fn verify(&self, token: &str) -> Result<Claims, Denial> {
        let claims = self.issuers.iter().find_map(|(issuer, keys)| match keys.verify(token) {
            Ok(payload) => match serde_json::from_slice::<Claims>(&payload) {
                Ok(claims) if claims.iss == *issuer => Some(Ok(claims)),
                _ => None,
            },
            Err(NotAToken::UnknownKey) => None,
            Err(_) => Some(Err(Denial::Invalid)),
        });
        let claims = claims.unwrap_or(Err(Denial::Invalid))?;
        if claims.exp <= self.now { Err(Denial::Expired) } else { Ok(claims) }
    }
}

impl Denial {
    pub(crate) fn reply(self) -> Reply {
        let (status, challenge, text) = match self {
            // RFC 6750 §3.1: no error code where the request has no authentication at all.
            Self::Missing => (401, "Bearer realm=\"persium\"", "missing bearer token"),
            Self::Twice => {
                (400, "Bearer realm=\"persium\", error=\"invalid_request\"", "more than one token")
            }
            Self::Invalid => (401, INVALID, "invalid token"),
            Self::Expired => (401, INVALID, "token has expired"),
            Self::Revoked => (401, INVALID, "token was revoked"),
            Self::Unregistered => (401, INVALID, "client is not registered"),
            Self::Disabled => return answer::error(403, "client is disabled"),
            Self::InsufficientScope => (403, INSUFFICIENT, "insufficient scope"),
        };
        answer::error(status, text).with_header("WWW-Authenticate", challenge)
    }
}

const INSUFFICIENT: &str =
    "Bearer realm=\"persium\", error=\"insufficient_scope\", error_description=\"The token lacks a scope\"";

const INVALID: &str =
    "Bearer realm=\"persium\", error=\"invalid_token\", error_description=\"The access token is not valid\"";
