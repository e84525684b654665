//! When to try again: pure functions of what was observed.

use std::time::Duration;

use crate::wire::{Failure, FailureKind, Phase, Response, RetryAfter};

/// Limits on trying again. One for API calls, one for token exchanges.
#[derive(Clone, Debug)]
pub(crate) struct RetryPolicy {
    /// Attempts in all, the first included.
    pub(crate) max_attempts: u32,
    /// The delay before the second attempt; it doubles from there.
    pub(crate) base: Duration,
    /// The longest `Retry-After` that is waited for.
    pub(crate) cap: Duration,
}

impl RetryPolicy {
    /// How long to wait before the attempt after number `attempt` (the first is 1), if there is to be one.
    pub(crate) fn delay(
        &self,
        attempt: u32,
        asked: Option<Duration>,
        jitter: &mut Jitter,
    ) -> Option<Duration> {
        if self.max_attempts <= attempt {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(16);
        let backoff = self.base.saturating_mul(1 << doublings);
        let delay = backoff + jitter.up_to(backoff / 4);
        match asked {
            // Never before the server's time, and not all at once at it.
            Some(asked) => (asked <= self.cap).then(|| asked + jitter.up_to(self.base / 4)),
            None => Some(delay),
        }
    }
}

/// What to do about an outcome.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// Use the response.
    Accept,
    /// The token was refused.
    Reauthorize,
    /// Try again at once: the server saw nothing, and the next connection is another one.
    Repeat,
    /// Try again after a pause: the server's, where it asked for one.
    Retry(Option<RetryAfter>),
    /// Report it.
    GiveUp,
}

impl Verdict {
    /// Judges what was observed. Decides by status, never by a body's text.
    pub(crate) fn of(outcome: Result<&Response, &Failure>) -> Self {
        match outcome {
            Ok(response) => match response.status().as_u16() {
                200..=299 => Self::Accept,
                401 => Self::Reauthorize,
                429 | 500..=599 => Self::Retry(RetryAfter::parse(response.headers())),
                _ => Self::GiveUp,
            },
            Err(failure) => match (failure.phase, failure.kind) {
                (_, FailureKind::Stale) => Self::Repeat,
                (_, FailureKind::TooLarge | FailureKind::Invalid | FailureKind::Canceled)
                | (Phase::Tls | Phase::Proxy, FailureKind::Refused) => Self::GiveUp,
                (_, FailureKind::Refused | FailureKind::Interrupted | FailureKind::TimedOut) => {
                    Self::Retry(None)
                }
            },
        }
    }
}

/// A seeded source of jitter (SplitMix64): the adapter seeds it, tests fix it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A source whose next draw is nothing, for tests that tell times to the instant.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(0_u64.wrapping_sub(0x9e37_79b9_7f4a_7c15))
    }

    /// From zero to below `most`.
    pub(crate) fn up_to(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let nanos = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
        let share = (u128::from(mixed) * u128::from(nanos)) >> 64;
        Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const SECOND: Duration = Duration::from_secs(1);

    fn policy() -> RetryPolicy {
        RetryPolicy { max_attempts: 4, base: SECOND, cap: SECOND * 60 }
    }

    fn status(status: u16) -> Response {
        http::Response::builder().status(status).body(Bytes::new()).unwrap()
    }

    #[test]
    fn each_status_has_its_verdict() {
        use Verdict::{Accept, GiveUp, Reauthorize, Retry};
        let table = [
            (200, Accept),
            (204, Accept),
            (301, GiveUp),
            (302, GiveUp),
            (400, GiveUp),
            (401, Reauthorize),
            (403, GiveUp),
            (404, GiveUp),
            (407, GiveUp),
            (408, GiveUp),
            (422, GiveUp),
            (429, Retry(None)),
            (500, Retry(None)),
            (501, Retry(None)),
            (502, Retry(None)),
            (503, Retry(None)),
            (504, Retry(None)),
        ];
        for (code, verdict) in table {
            assert_eq!(Verdict::of(Ok(&status(code))), verdict, "{code}");
        }
    }

    #[test]
    fn each_fault_has_its_verdict() {
        use FailureKind::{Canceled, Interrupted, Invalid, Refused, Stale, TimedOut, TooLarge};
        use Phase::{Body, Connect, Proxy, Resolve, Send, Tls, Wait};
        use Verdict::{GiveUp, Repeat, Retry};
        let table = [
            (Resolve, Refused, Retry(None)),
            (Connect, Refused, Retry(None)),
            (Connect, TimedOut, Retry(None)),
            (Proxy, Refused, GiveUp),
            (Proxy, Interrupted, Retry(None)),
            (Tls, Refused, GiveUp),
            (Tls, Invalid, GiveUp),
            (Tls, Interrupted, Retry(None)),
            (Send, Stale, Repeat),
            (Send, Interrupted, Retry(None)),
            (Wait, TimedOut, Retry(None)),
            (Wait, Invalid, GiveUp),
            (Body, Interrupted, Retry(None)),
            (Body, TooLarge, GiveUp),
            (Wait, Canceled, GiveUp),
        ];
        for (phase, kind, verdict) in table {
            assert_eq!(Verdict::of(Err(&Failure::new(phase, kind, "x"))), verdict, "{phase:?} {kind:?}");
        }
    }

    #[test]
    fn three_retries_at_one_two_and_four_seconds_plus_a_quarter_at_most() {
        let mut jitter = Jitter::new(1);
        for (attempt, seconds) in [(1, 1), (2, 2), (3, 4)] {
            let delay = policy().delay(attempt, None, &mut jitter).unwrap();
            assert!(SECOND * seconds <= delay && delay < SECOND * seconds * 5 / 4, "{attempt}: {delay:?}");
        }
        assert_eq!(policy().delay(4, None, &mut jitter), None);
    }

    #[test]
    fn retry_after_is_kept_to_and_not_waited_for_beyond_the_cap() {
        let mut jitter = Jitter::new(1);
        let delay = policy().delay(1, Some(SECOND * 60), &mut jitter).unwrap();
        assert!(SECOND * 60 <= delay && delay < SECOND * 61);
        assert_eq!(policy().delay(1, Some(SECOND * 61), &mut jitter), None);
    }

    #[test]
    fn a_draw_from_none_is_nothing() {
        assert_eq!(Jitter::none().up_to(Duration::MAX), Duration::ZERO);
    }

    #[test]
    fn jitter_is_the_seeds_and_stays_below_its_bound() {
        let draw = |seed| {
            (0..1000)
                .map(|_| 0)
                .scan(Jitter::new(seed), |jitter, _| Some(jitter.up_to(SECOND)))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().all(|delay| *delay < SECOND));
    }
}
