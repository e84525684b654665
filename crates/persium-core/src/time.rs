//! The clocks the core is given: it has none of its own.

use std::fmt;
use std::ops::Add;
use std::task::Waker;
use std::time::Duration;

/// A point on a monotonic clock, as the time elapsed since an epoch that the clock picked.
///
/// Timestamps of two clocks must not be compared.
///
/// ```
/// use persium_core::Timestamp;
/// use std::time::Duration;
///
/// let sent = Timestamp::from_elapsed(Duration::from_secs(10));
/// let due = sent + Duration::from_secs(5);
/// assert_eq!(due.since(sent), Duration::from_secs(5));
/// assert_eq!(sent.since(due), Duration::ZERO, "never negative");
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The clock's epoch.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The point `elapsed` after the clock's epoch.
    #[must_use]
    pub const fn from_elapsed(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// The time between the clock's epoch and this point.
    #[must_use]
    pub const fn elapsed(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this is; zero where it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Stops at the end of time instead of overflowing.
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

/// One reading of both clocks.
///
/// Waits and leases go by the monotonic clock alone. A token expires as soon as *either* says so: the wall
/// clock sees a machine that slept, the monotonic one is not fooled by a wall clock set back.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]

pub struct Now {
    /// The monotonic clock. Never goes back; may stand still while the machine sleeps.
    pub monotonic: Timestamp,
    /// The wall clock, as the time since the Unix epoch. Goes on while the machine sleeps; may jump.
    pub wall: Duration,
}

/// A point in the future that has come as soon as either clock says so.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Expiry {
    pub(crate) monotonic: Timestamp,
    pub(crate) wall: Duration,
}

impl Expiry {
    pub(crate) fn after(now: Now, lifetime: Duration) -> Self {
        Self { monotonic: now.monotonic + lifetime, wall: now.wall.saturating_add(lifetime) }
    }

    /// Has come as soon as either of the two has.
    pub(crate) fn or_earlier(self, other: Self) -> Self {
        Self { monotonic: self.monotonic.min(other.monotonic), wall: self.wall.min(other.wall) }
    }

    #[inline]
    pub(crate) fn has_come(self, now: Now) -> bool {
        self.monotonic <= now.monotonic || self.wall <= now.wall
    }
}

/// Where an adapter's time comes from: one trait for async code, threads and tests.
///
/// A clock that runs by itself implements [`now`](Self::now) alone. One that a test moves also implements
/// [`wake_at`](Self::wake_at), so that the same waits end when the test says so.
///
/// ```
/// use persium_core::{Clock, Now, Timestamp};
/// use std::time::{Instant, SystemTime, UNIX_EPOCH};
///
/// struct StdClock(Instant);
///
/// impl Clock for StdClock {
///     fn now(&self) -> Now {
///         let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
///         Now { monotonic: Timestamp::from_elapsed(self.0.elapsed()), wall }
///     }
/// }
///
/// let clock = StdClock(Instant::now());
/// assert!(clock.now().monotonic <= clock.now().monotonic);
/// ```
pub trait Clock: Send + Sync {
    /// Reads both clocks. The monotonic one never goes back.
    fn now(&self) -> Now;

    /// Wakes `waker` once `at` has come, at once if it has already, unless the alarm is dropped before.
    ///
    /// `None`: this clock runs by itself, so whoever waits sleeps it out with a timer of their own.
    fn wake_at(&self, at: Timestamp, waker: &Waker) -> Option<Alarm> {
        let _ = (at, waker);
        None
    }
}

/// A wake-up that has been arranged. Dropping it calls it off.
#[must_use = "dropping an alarm calls it off"]
pub struct Alarm(#[expect(dead_code, reason = "held for its `Drop` alone")] Box<dyn Send + Sync>);

impl Alarm {
    /// An alarm that is called off by dropping `guard`.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Alarm(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(monotonic: u64, wall: u64) -> Now {
        Now { monotonic: Timestamp(Duration::from_secs(monotonic)), wall: Duration::from_secs(wall) }
    }

    #[test]
    fn an_expiry_has_come_when_either_clock_says_so() {
        let expiry = Expiry::after(at(10, 1000), Duration::from_secs(60));
        assert!(!expiry.has_come(at(69, 1059)));
        assert!(expiry.has_come(at(70, 0)), "a wall clock set back does not revive it");
        assert!(expiry.has_come(at(11, 1060)), "a machine that slept does not serve it");
    }

    #[test]
    fn time_ends_instead_of_overflowing() {
        let end = Timestamp(Duration::MAX);
        assert_eq!(end + Duration::from_secs(1), end);
    }
}
