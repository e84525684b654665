//! What a program was counted doing.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::finding::Diagnosis;
use super::rules;
use crate::session::Stats;
use crate::time::Now;

/// What a process was counted doing with one set of credentials, by all its clients together.
///
/// ```
/// use persium_core::diagnosis::{Habits, codes};
///
/// let mut habits = Habits::default();
/// (habits.clients, habits.calls, habits.token_requests) = (40, 40, 40);
/// let diagnosis = habits.diagnose();
/// let found: Vec<_> = diagnosis.findings().iter().map(|finding| finding.code()).collect();
/// assert_eq!(found, [codes::TOKEN_PER_CALL, codes::MANY_CLIENTS]);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Habits {
    /// Clients built, clones not counted.
    pub clients: u64,
    /// Calls begun.
    pub calls: u64,
    /// Requests to the token endpoint.
    pub token_requests: u64,
    /// Calls that the API answered with 401 once.
    pub refusals: u64,
    /// Requests for a station's latest reading that came within a minute of the one before.
    pub hasty_polls: u64,
}

impl Habits {
    /// What one client did.
    #[must_use]
    pub fn of(stats: &Stats, polls: &Polls) -> Self {
        let Stats { calls, token_requests, refusals, .. } = *stats;
        Self { clients: 1, calls, token_requests, refusals, hasty_polls: polls.hasty() }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            clients: self.clients + other.clients,
            calls: self.calls + other.calls,
            token_requests: self.token_requests + other.token_requests,
            refusals: self.refusals + other.refusals,
            hasty_polls: self.hasty_polls + other.hasty_polls,
        }
    }

    /// What it points at.
    #[must_use]
    pub fn diagnose(&self) -> Diagnosis {
        Diagnosis::new(rules::habits::of(self))
    }
}

/// When each station was asked last: counts what came within a minute of the one before. Takes no lock.
///
/// Stations share places, so that some haste may go uncounted; what is counted was hasty.
#[derive(Debug)]
pub struct Polls {
    /// Which station, and when: a part of its uuid above, the clock's seconds below.
    last: [AtomicU64; 64],
    hasty: AtomicU64,
}

/// A station has nothing new within this, in seconds.
const HASTE: u64 = 60;

impl Polls {
    /// A station is asked now.
    pub fn note(&self, now: Now, station: Uuid) {
        let (high, low) = station.as_u64_pair();
        let mixed = high ^ low;
        let place = usize::try_from(mixed % 64).unwrap_or_default();
        let seconds = (now.monotonic.elapsed().as_secs() + 1) & 0xffff_ffff;
        let before = self.last[place].swap((mixed & 0xffff_ffff_0000_0000) | seconds, Ordering::Relaxed);
        let is_same = before >> 32 == mixed >> 32 && before & 0xffff_ffff != 0;
        if is_same && seconds.saturating_sub(before & 0xffff_ffff) < HASTE {
            self.hasty.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many requests came within a minute of the one before, for the same station.
    #[must_use]
    pub fn hasty(&self) -> u64 {
        self.hasty.load(Ordering::Relaxed)
    }
}

impl Default for Polls {
    fn default() -> Self {
        Self { last: [const { AtomicU64::new(0) }; 64], hasty: AtomicU64::new(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use std::time::Duration;

    #[test]
    fn what_comes_within_a_minute_for_the_same_station_is_hasty() {
        let polls = Polls::default();
        let at = |seconds| {
            let since = Duration::from_secs(seconds);
            Now { monotonic: Timestamp::from_elapsed(since), wall: since }
        };
        let (one, other) = (Uuid::from_u128(1 << 96), Uuid::from_u128(2 << 96));
        for (seconds, station, hasty) in
            [(0, one, 0), (60, one, 0), (119, one, 1), (119, other, 1), (120, other, 2), (180, other, 2)]
        {
            polls.note(at(seconds), station);
            assert_eq!(polls.hasty(), hasty, "at {seconds}");
        }
    }

    #[test]
    fn stations_that_share_a_place_are_not_taken_for_one() {
        let polls = Polls::default();
        let now = Now { monotonic: Timestamp::ZERO, wall: Duration::ZERO };
        for _ in 0..9 {
            polls.note(now, Uuid::from_u128(1 << 100));
            polls.note(now, Uuid::from_u128(1 << 101));
        }
        assert_eq!(polls.hasty(), 0);
    }
}
