//! A token as callers hold it.

use std::fmt;

use http::{HeaderValue, StatusCode};

use crate::time::{Expiry, Now};

/// Counts the tokens a machine has installed. A refusal names the generation it refuses.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Generation(u64);

impl Generation {
    pub(crate) const FIRST: Self = Self(0);

    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A token: immutable, shared by all who use it, printed by nothing.
///
/// Take a new one for each request, from [`Authorize`](crate::Authorize): that costs nanoseconds while this one holds,
/// and keeping one means sending it after it expired.
#[derive(Clone, Eq, PartialEq)]
pub struct Bearer {
    header: HeaderValue,
    generation: Generation,
    /// When the session has something to do about it: renew it, or take note of a renewal's end.
    ask_at: Expiry,
    expires_at: Expiry,
}

impl Bearer {
    pub(crate) fn new(
        header: HeaderValue,
        generation: Generation,
        ask_at: Expiry,
        expires_at: Expiry,
    ) -> Self {
        Self { header, generation, ask_at, expires_at }
    }

    /// The value of the `Authorization` header, `Bearer` and the token (RFC 6750 section 2.1), marked sensitive.
    ///
    /// Send it to the API's origin and nowhere else.
    #[must_use]
    pub fn header(&self) -> &HeaderValue {
        &self.header
    }

    /// Whether an answer of this status refuses the bearer that its request carried (RFC 6750 section 3.1: "The resource
    /// server SHOULD respond with the HTTP 401 (Unauthorized) status code"): for who sends requests by other means, and
    /// reports it with [`Session::refuse`](crate::Session::refuse).
    #[must_use]
    pub fn is_refused_by(status: StatusCode) -> bool {
        status == StatusCode::UNAUTHORIZED
    }

    /// Whether it may be used now, and the session need not be asked.
    pub(crate) fn serves(&self, now: Now) -> bool {
        !self.ask_at.has_come(now) && !self.expires_at.has_come(now)
    }

    pub(crate) fn has_expired(&self, now: Now) -> bool {
        self.expires_at.has_come(now)
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    pub(crate) fn ask_at(&self) -> Expiry {
        self.ask_at
    }

    pub(crate) fn asking_at(&self, ask_at: Expiry) -> Self {
        Self { ask_at, ..self.clone() }
    }

    #[cfg(test)]
    pub(super) fn expires_at(&self) -> Expiry {
        self.expires_at
    }

    /// The token alone, to be taken out of what a server echoes.
    pub(crate) fn token(&self) -> &str {
        self.header.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default()
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header: _, generation, ask_at, expires_at } = self;
        f.debug_struct("Bearer")
            .field("generation", generation)
            .field("ask_at", ask_at)
            .field("expires_at", expires_at)
            .finish_non_exhaustive()
    }
}
