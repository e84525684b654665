//! When to try again: pure functions of what was observed.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::wire::{Failure, FailureKind, Phase, Response};

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

/// A server's `Retry-After` (RFC 9110 section 10.2.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RetryAfter {
    /// This long from now.
    In(Duration),
    /// At this time of the wall clock, since the Unix epoch.
    At(Duration),
}

impl RetryAfter {
    /// `None` where it is absent or neither a number of seconds nor a date. A date is taken from the response's own
    /// `Date` where it has one, so that the two machines' clocks need not agree.
    pub(crate) fn parse(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            // Too long for the type is longer than any cap.
            return Some(Self::In(Duration::from_secs(value.parse().unwrap_or(u64::MAX))));
        }
        let at = http_date(value)?;
        let date = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?));
        Some(date.map_or(Self::At(at), |date| Self::In(at.saturating_sub(date))))
    }

    /// How long to wait, on a wall clock that says `wall`. A date gone by is no wait.
    pub(crate) fn from(self, wall: Duration) -> Duration {
        match self {
            Self::In(duration) => duration,
            Self::At(at) => at.saturating_sub(wall),
        }
    }

    /// The duration, where no clock is needed to tell it.
    pub(crate) fn relative(self) -> Option<Duration> {
        match self {
            Self::In(duration) => Some(duration),
            Self::At(_) => None,
        }
    }
}

/// An IMF-fixdate, since the Unix epoch. The two obsolete forms of RFC 9110 section 5.6.7 are not sent by anything
/// that sends `Retry-After`, and count as absent.
fn http_date(value: &str) -> Option<Duration> {
    let at = OffsetDateTime::parse(value.trim(), &Rfc2822).ok()?;
    Some(Duration::from_secs(u64::try_from(at.unix_timestamp()).unwrap_or(0)))
}

/// A seeded source of jitter (SplitMix64): the adapter seeds it, tests fix it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
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
    fn retry_after_comes_in_every_form() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:50:07 GMT";
        let table = [
            ("7", None, Some(RetryAfter::In(SECOND * 7))),
            (" 7 ", None, Some(RetryAfter::In(SECOND * 7))),
            ("99999999999999999999999", None, Some(RetryAfter::In(Duration::from_secs(u64::MAX)))),
            (later, Some(date), Some(RetryAfter::In(SECOND * 30))),
            (date, Some(later), Some(RetryAfter::In(Duration::ZERO))),
            (date, None, Some(RetryAfter::At(SECOND * 784_111_777))),
            (date, Some("rubbish"), Some(RetryAfter::At(SECOND * 784_111_777))),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            ("", None, None),
        ];
        for (value, date, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            assert_eq!(RetryAfter::parse(&headers), expected, "{value} {date:?}");
        }
        let at = RetryAfter::At(SECOND * 100);
        assert_eq!((at.from(SECOND * 40), at.from(SECOND * 140)), (SECOND * 60, Duration::ZERO));
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
