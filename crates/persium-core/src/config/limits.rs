//! How long, how often, how much: every default in one table.

use std::time::Duration;

use crate::error::{Error, Limit};
use crate::wire::Phase;

/// The limits a client keeps to. Start from the defaults and change what you must:
///
/// ```
/// use persium_core::Limits;
/// use std::time::Duration;
///
/// let mut limits = Limits::default();
/// limits.call_timeout = Duration::from_secs(10);
/// ```
///
/// `Duration::MAX` may be written for a time without end: a client takes every limit on time that is longer than
/// [`LONGEST`](Self::LONGEST) for that.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// How long a call may take, waits and retries included. 60 s.
    pub call_timeout: Duration,
    /// How long one attempt of a call may take. 20 s.
    pub attempt_timeout: Duration,
    /// How long opening a connection may take, TLS included. 10 s.
    pub connect_timeout: Duration,
    /// How many times a call is tried in all. The repetition after a 401 is not counted. 4.
    pub call_attempts: u32,
    /// The pause before a call's second attempt; it doubles from there, plus up to a quarter. 1 s.
    pub call_backoff: Duration,
    /// How many retries the calls of one client may make at once, over and above those that
    /// [`retry_refill`](Self::retry_refill) allows: when they are spent, a call that could be tried again fails instead.
    /// The repetition after a 401 is not counted, nor are the token's own. 100.
    pub retry_budget: u32,
    /// How long it takes until one more retry may be made: an outage adds no more than this to a client's load once the
    /// budget is spent. 1 s.
    pub retry_refill: Duration,
    /// The longest `Retry-After` that is waited for; a longer one is reported. 60 s.
    pub retry_after_cap: Duration,
    /// How many requests of one client may be out together. 16.
    pub max_in_flight: usize,
    /// The longest answer of the API, in bytes, decompressed. 16 MiB.
    pub max_body: usize,
    /// How long one request to the token endpoint may take. 10 s.
    pub token_timeout: Duration,
    /// How many requests to the token endpoint one flight makes before it fails. 3.
    pub token_attempts: u32,
    /// The pause before a flight's second request; it doubles from there, plus up to a quarter. 0.5 s.
    pub token_backoff: Duration,
    /// When a token request that nobody reported on is presumed lost. Longer than [`token_timeout`](Self::token_timeout). 15 s.
    pub token_lease: Duration,
    /// The longest answer of the token endpoint, in bytes. 64 KiB.
    pub max_token_body: usize,
    /// How long before its expiry a token is renewed; at most half its lifetime, less up to a quarter as jitter. 30 s.
    pub renewal_margin: Duration,
    /// A token is not handed out with less than this to live; at most a quarter of its lifetime. 5 s.
    pub leeway: Duration,
    /// A token is used for this long after it came, however short it says it lives. 1 s.
    pub min_use: Duration,
    /// The shortest time between two refused tokens that cost a fetch. 5 s.
    pub refusal_gap: Duration,
    /// After a failed flight, how long its error is given to newcomers; doubles with each failure. 1 s.
    pub cooling: Duration,
    /// The longest that the pause after failed flights grows to. 60 s.
    pub max_cooling: Duration,
    /// How many rows of a list are asked for at once. 100.
    pub page_size: u32,
    /// How many pages of one list are read before the walk ends with an error. 10,000.
    pub max_pages: u32,
    /// How much of a window of measurements is asked for at once. 24 h.
    pub window_chunk: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            call_timeout: second * 60,
            attempt_timeout: second * 20,
            connect_timeout: second * 10,
            call_attempts: 4,
            call_backoff: second,
            retry_budget: 100,
            retry_refill: second,
            retry_after_cap: second * 60,
            max_in_flight: 16,
            max_body: 16 * 1024 * 1024,
            token_timeout: second * 10,
            token_attempts: 3,
            token_backoff: second / 2,
            token_lease: second * 15,
            max_token_body: 64 * 1024,
            renewal_margin: second * 30,
            leeway: second * 5,
            min_use: second,
            refusal_gap: second * 5,
            cooling: second,
            max_cooling: second * 60,
            page_size: 100,
            max_pages: 10_000,
            window_chunk: second * 60 * 60 * 24,
        }
    }
}

impl Limits {
    /// Ten years: the longest limit on time that a client keeps to. It is beyond use, and no clock overflows when it is added.
    pub const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

    /// What ended a request in `phase` that timed out: the limit named `request`, of the length it was given, or the
    /// shorter one on opening a connection.
    pub(crate) fn ended(&self, phase: Phase, request: &'static str, given: Duration) -> Limit {
        if phase < Phase::Send && self.connect_timeout < given {
            Limit { name: "connect_timeout", length: self.connect_timeout }
        } else {
            Limit { name: request, length: given }
        }
    }

    /// Refuses what would stop a client or set it loose, by the field's name, and bounds what would have no end.
    pub(super) fn checked(self) -> Result<Self, Error> {
        let durations = [
            ("call_timeout", self.call_timeout),
            ("attempt_timeout", self.attempt_timeout),
            ("connect_timeout", self.connect_timeout),
            ("token_timeout", self.token_timeout),
            ("min_use", self.min_use),
            ("refusal_gap", self.refusal_gap),
            ("cooling", self.cooling),
        ];
        let counts = [
            ("call_attempts", u64::from(self.call_attempts)),
            ("max_in_flight", self.max_in_flight as u64),
            ("max_body", self.max_body as u64),
            ("token_attempts", u64::from(self.token_attempts)),
            ("max_token_body", self.max_token_body as u64),
            ("page_size", u64::from(self.page_size)),
            ("max_pages", u64::from(self.max_pages)),
        ];
        let zero_durations = durations.iter().filter(|(_, value)| value.is_zero()).map(|(field, _)| *field);
        let zero_counts = counts.iter().filter(|(_, value)| *value == 0).map(|(field, _)| *field);
        if let Some(field) = zero_durations.chain(zero_counts).next() {
            return Err(Error::config(field, "is zero: give it a value, or leave the default"));
        }
        let orders = [
            ("token_lease", self.token_timeout < self.token_lease, "must be longer than token_timeout"),
            ("max_cooling", self.cooling <= self.max_cooling, "must not be shorter than cooling"),
            (
                "window_chunk",
                Duration::from_secs(1) <= self.window_chunk,
                "must not be shorter than a second",
            ),
        ];
        match orders.iter().find(|(_, holds, _)| !holds) {
            Some((field, _, problem)) => Err(Error::config(field, *problem)),
            None => Ok(self.bounded()),
        }
    }

    fn bounded(mut self) -> Self {
        let times = [
            &mut self.call_timeout,
            &mut self.attempt_timeout,
            &mut self.connect_timeout,
            &mut self.call_backoff,
            &mut self.retry_refill,
            &mut self.retry_after_cap,
            &mut self.token_timeout,
            &mut self.token_backoff,
            &mut self.token_lease,
            &mut self.renewal_margin,
            &mut self.leeway,
            &mut self.min_use,
            &mut self.refusal_gap,
            &mut self.cooling,
            &mut self.max_cooling,
        ];
        for time in times {
            *time = (*time).min(Self::LONGEST);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_possible() {
        assert!(Limits::default().checked().is_ok());
    }

    #[test]
    fn a_limit_that_cannot_be_is_refused_by_its_name() {
        let assert_refused = |change: fn(&mut Limits), message: &str| {
            let mut limits = Limits::default();
            change(&mut limits);
            let error = limits.checked().unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(error.variable(), message.split(' ').next());
        };
        let zero = |field: &str| format!("{field} is zero: give it a value, or leave the default");
        assert_refused(|limits| limits.call_timeout = Duration::ZERO, &zero("call_timeout"));
        assert_refused(|limits| limits.cooling = Duration::ZERO, &zero("cooling"));
        assert_refused(|limits| limits.max_in_flight = 0, &zero("max_in_flight"));
        assert_refused(
            |limits| limits.token_lease = limits.token_timeout,
            "token_lease must be longer than token_timeout",
        );
        assert_refused(
            |limits| limits.max_cooling = limits.cooling / 2,
            "max_cooling must not be shorter than cooling",
        );
        assert_refused(
            |limits| limits.window_chunk /= 100_000,
            "window_chunk must not be shorter than a second",
        );
    }

    #[test]
    fn a_limit_without_end_is_one_beyond_use() {
        let endless = Limits {
            call_timeout: Duration::MAX,
            token_backoff: Duration::ZERO,
            token_lease: Limits::LONGEST + Duration::from_nanos(1),
            max_cooling: Limits::LONGEST - Duration::from_nanos(1),
            window_chunk: Duration::MAX,
            ..Limits::default()
        };
        let bounded =
            Limits { call_timeout: Limits::LONGEST, token_lease: Limits::LONGEST, ..endless.clone() };
        assert_eq!(endless.checked().unwrap(), bounded, "no timeout, and no pause, can be meant");
    }
}
