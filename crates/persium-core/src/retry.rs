//! When to try again: pure functions of what was observed.

use std::time::Duration;

use crate::error::Unrepeated;
use crate::time::{Now, Timestamp};
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
    /// How long to wait before the attempt after number `attempt` (the first is 1), or why there is none.
    pub(crate) fn delay(
        &self,
        attempt: u32,
        asked: Option<Duration>,
        jitter: &mut Jitter,
    ) -> Result<Duration, Unrepeated> {
        if self.max_attempts <= attempt {
            return Err(Unrepeated::Attempts(attempt));
        }
        let doublings = attempt.saturating_sub(1).min(16);
        let backoff = self.base.saturating_mul(1 << doublings);
        let delay = backoff + jitter.up_to(backoff / 4);
        match asked {
            // Never before the server's time, and not all at once at it.
            Some(asked) if asked <= self.cap => Ok(asked + jitter.up_to(self.base / 4)),
            Some(asked) => Err(Unrepeated::Asked(asked)),
            None => Ok(delay),
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

/// How many retries the calls of one client may still make: a bucket that holds a number of them, and gets one back in
/// every so much time.
///
/// It is one point in time, the one at which the bucket will be full again: that nothing needs to be counted up while
/// nobody looks.
#[derive(Clone, Debug)]
pub(crate) struct RetryBudget {
    full_at: Timestamp,
    holds: u32,
    refill: Duration,
}

impl RetryBudget {
    /// A full one.
    pub(crate) fn new(holds: u32, refill: Duration) -> Self {
        Self { full_at: Timestamp::ZERO, holds, refill }
    }

    /// Takes a retry out, if one is left.
    pub(crate) fn spend(&mut self, now: Now) -> bool {
        let spent = self.full_at.since(now.monotonic).checked_add(self.refill);
        let all = self.refill.saturating_mul(self.holds);
        let Some(spent) = spent.filter(|spent| 0 < self.holds && *spent <= all) else { return false };
        self.full_at = now.monotonic + spent;
        true
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
        assert_eq!(policy().delay(4, None, &mut jitter), Err(Unrepeated::Attempts(4)));
    }

    #[test]
    fn retry_after_is_kept_to_and_not_waited_for_beyond_the_cap() {
        let mut jitter = Jitter::new(1);
        let delays: Vec<_> =
            (0..100).map(|_| policy().delay(1, Some(SECOND * 60), &mut jitter).unwrap()).collect();
        assert!(delays.iter().all(|delay| SECOND * 60 <= *delay && *delay < SECOND * 60 + SECOND / 4));
        let latest = delays.iter().max().unwrap();
        assert!(SECOND * 60 + SECOND / 5 < *latest, "they do not all come at once: {latest:?}");
        assert_eq!(policy().delay(1, Some(SECOND * 61), &mut jitter), Err(Unrepeated::Asked(SECOND * 61)));
    }

    fn at(seconds: u64) -> Now {
        let since = Duration::from_secs(seconds);
        Now { monotonic: Timestamp::from_elapsed(since), wall: Duration::ZERO }
    }

    /// How many can be spent at once.
    fn left(budget: &mut RetryBudget, now: Now) -> usize {
        (0..1000).take_while(|_| budget.spend(now)).count()
    }

    #[test]
    fn a_budget_is_full_at_first_and_gets_one_back_in_every_so_much_time() {
        let mut budget = RetryBudget::new(10, SECOND * 2);
        assert_eq!(left(&mut budget, at(0)), 10);
        assert_eq!(left(&mut budget, at(1)), 0);
        assert_eq!(left(&mut budget, at(2)), 1);
        assert_eq!(left(&mut budget, at(9)), 3);
        assert_eq!(left(&mut budget, at(1000)), 10, "no more than it holds");
    }

    #[test]
    fn a_budget_that_holds_nothing_gives_nothing_and_one_without_a_pause_has_no_end() {
        assert_eq!(left(&mut RetryBudget::new(0, SECOND), at(100)), 0);
        assert_eq!(left(&mut RetryBudget::new(0, Duration::ZERO), at(100)), 0);
        assert_eq!(left(&mut RetryBudget::new(1, Duration::ZERO), at(100)), 1000);
        assert_eq!(left(&mut RetryBudget::new(1, Duration::MAX), at(100)), 1);
    }

    #[test]
    fn a_draw_from_none_is_nothing() {
        assert_eq!(Jitter::none().up_to(Duration::MAX), Duration::ZERO);
    }

    #[test]
    fn draws_are_those_of_splitmix64() {
        // From the generator's author: seed 1234567.
        let mut jitter = Jitter::new(1_234_567);
        let share = |draw: u64| Duration::from_nanos(draw >> 4);
        for draw in [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423] {
            assert_eq!(jitter.up_to(Duration::from_nanos(1 << 60)), share(draw));
        }
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

    mod budgets {
        use super::*;
        use proptest::prelude::*;

        proptest! {
            /// Whatever is asked for when: in no stretch of time is more given than it holds and gets back.
            #[test]
            fn no_stretch_of_time_gives_more_than_the_bucket_holds_and_gets_back(
                holds in 0..20_u32,
                refill in 1..5_000_u64,
                pauses in prop::collection::vec(0..10_000_u64, 1..200),
            ) {
                let refill = Duration::from_millis(refill);
                let mut budget = RetryBudget::new(holds, refill);
                let mut now = at(7);
                let mut given = Vec::new();
                for pause in pauses {
                    now.monotonic = now.monotonic + Duration::from_millis(pause);
                    if budget.spend(now) {
                        given.push(now.monotonic);
                    }
                }
                for (nth, first) in given.iter().enumerate() {
                    for (count, last) in (1..).zip(&given[nth..]) {
                        let back = last.since(*first).as_nanos() / refill.as_nanos();
                        prop_assert!(count <= u128::from(holds) + back, "{count} within {:?}", last.since(*first));
                    }
                }
            }
        }
    }
}
