//! A token as callers hold it.

use std::fmt;

use bytes::Bytes;
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
// Aligned for the count that an `Arc` keeps beside it: see `OwnLine`.
#[derive(Clone, Eq, PartialEq)]
#[repr(align(128))]
pub struct Bearer {
    header: HeaderValue,
    generation: Generation,
    /// When the session has something to do about it: renew it, or take note of a renewal's end.
    ask_at: Expiry,
    expires_at: Expiry,
    /// The earlier of the two, by each clock: what the cached path compares.
    serves_until: Expiry,
}

impl Bearer {
    pub(crate) fn new(
        header: HeaderValue,
        generation: Generation,
        ask_at: Expiry,
        expires_at: Expiry,
    ) -> Self {
        let serves_until = ask_at.or_earlier(expires_at);
        Self { header, generation, ask_at, expires_at, serves_until }
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

    /// The same token in memory of its own.
    ///
    /// Clones of a bearer, and of its header, share a count of how many there are, and two threads that clone one at a
    /// time pay for the count's way between their processors, several times what the clone costs. So an adapter
    /// publishes as many copies as threads may run together.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self { header: sensitive(self.header.as_bytes()).expect("it was a header's value before"), ..*self }
    }

    /// Whether it may be used now, and the session need not be asked.
    #[inline]
    pub(crate) fn serves(&self, now: Now) -> bool {
        !self.serves_until.has_come(now)
    }

    pub(crate) fn has_expired(&self, now: Now) -> bool {
        self.expires_at.has_come(now)
    }

    #[inline]
    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    pub(crate) fn ask_at(&self) -> Expiry {
        self.ask_at
    }

    pub(crate) fn asking_at(&self, ask_at: Expiry) -> Self {
        Self::new(self.header.clone(), self.generation, ask_at, self.expires_at)
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

/// A header's value that a log hides, in memory of its own. `None`: no header may hold it.
pub(super) fn sensitive(value: &[u8]) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(OwnLine(value.into()))).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// Bytes whose count of clones shares a line of a processor's cache with nothing else. Lines are 64 bytes, and fetched
/// in pairs by some processors.
///
/// The count exists from the start. `Bytes` made from a vector gets one with its first clone, which is an allocation,
/// and at the place of one that was freed, often beside another count.
#[repr(align(128))]
struct OwnLine(Box<[u8]>);

impl AsRef<[u8]> for OwnLine {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header: _, generation, ask_at, expires_at, serves_until: _ } = self;
        f.debug_struct("Bearer")
            .field("generation", generation)
            .field("ask_at", ask_at)
            .field("expires_at", expires_at)
            .finish_non_exhaustive()
    }
}
