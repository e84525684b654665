//! The state: two clocks, the machine, the callers, the exchanges that are out, and the record of it all.

use super::record::Record;
use crate::token::*;

/// How much is explored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    pub(super) callers: usize,
    /// How often the wall clock jumps, either way.
    pub(super) jumps: u8,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) now: Now,
    pub(super) machine: TokenMachine,
    pub(super) callers: Vec<Caller>,
    pub(super) out: Vec<Exchange>,
    pub(super) record: Record,
    /// Jumps of the wall clock that are still to come.
    pub(super) jumps: u8,
    pub(super) rotated: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    pub(super) seat: Seat,
    pub(super) phase: Phase,
    /// The newest token it was refused.
    pub(super) refused: Option<u64>,
    /// The last flight that had failed when it began to want a token.
    pub(super) failed_before: Option<FlightId>,
    /// A flight failed while it waited, and it was not told yet.
    pub(super) is_owed_an_error: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Phase {
    /// Has not asked yet: who never does is not there at all.
    #[default]
    Away,
    /// Was refused, and has not asked again yet.
    Refused,
    /// Was told to wait.
    Waiting { seen: Version, until: Timestamp },
    /// Has a token.
    Using(Arc<Bearer>),
}

impl World {
    pub(super) fn new(scope: Scope) -> Self {
        let second = Duration::from_secs(1);
        // Small numbers, so that their sums meet: a lease that ends in the gap, a renewal due while cooling. Margin
        // and leeway are more than a token's life allows.
        let limits = Limits {
            token_timeout: second * 2,
            token_lease: second * 3,
            token_attempts: 2,
            token_backoff: second,
            renewal_margin: second * 8,
            leeway: second * 5,
            min_use: second,
            refusal_gap: second * 5,
            cooling: second,
            max_cooling: second * 2,
            ..Limits::default()
        };
        let config = Config { limits, ..tests::config() };
        Self {
            now: Now { monotonic: Timestamp::from_elapsed(second * 1000), wall: second * 1_000_000 },
            machine: TokenMachine::new(Arc::new(config), Jitter::none()),
            callers: vec![Caller::default(); scope.callers],
            out: Vec::new(),
            record: Record::default(),
            jumps: scope.jumps,
            rotated: false,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.machine.config.limits
    }

    /// Time passes on both clocks.
    pub(super) fn advance_to(&mut self, at: Timestamp) {
        self.now.wall += at.since(self.now.monotonic);
        self.now.monotonic = at;
    }

    /// The next moment at which the machine, or what is expected of it, changes.
    pub(super) fn next_moment(&self) -> Option<Timestamp> {
        let limits = self.limits();
        let mut moments = Vec::with_capacity(8);
        match self.machine.flight {
            Flight::Idle => {}
            Flight::Due { at, .. } => moments.push(at),
            Flight::Out { lease_until, .. } => moments.push(lease_until),
            Flight::Cooling { until } => moments.push(until),
        }
        if let Some(live) = &self.machine.live {
            for expiry in [live.renew_at, live.bearer.expires_at()] {
                moments.push(expiry.monotonic);
                moments.push(self.now.monotonic + expiry.wall.saturating_sub(self.now.wall));
            }
        }
        moments.extend(self.record.charged_at.map(|at| at + limits.refusal_gap));
        moments.into_iter().filter(|at| self.now.monotonic < *at).min()
    }

    /// Whether a caller that keeps to what it was told would ask now.
    pub(super) fn is_due(&self, caller: &Caller) -> bool {
        match caller.phase {
            Phase::Away | Phase::Refused => true,
            Phase::Waiting { seen, until } => self.machine.version() != seen || until <= self.now.monotonic,
            Phase::Using(_) => false,
        }
    }

    /// When the first of those who wait asks again, where none does at once.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        let wakes = self.callers.iter().map(|caller| match caller.phase {
            Phase::Waiting { seen, until } if self.machine.version() == seen => Some(until),
            Phase::Waiting { .. } => Some(self.now.monotonic),
            Phase::Away | Phase::Refused | Phase::Using(_) => None,
        });
        wakes.flatten().min()
    }

    pub(super) fn last_failed(&self) -> Option<FlightId> {
        self.machine.last_failure.as_ref().map(|(flight, _)| *flight)
    }

    /// What the machine would tell whoever is in this seat, and what it would have them send.
    pub(super) fn told(&self, seat: &mut Seat) -> (Acquire, Option<Exchange>) {
        let mut machine = self.machine.clone();
        let answer = machine.acquire(self.now, seat);
        (answer, machine.poll_exchange(self.now))
    }
}

/// Which of the endpoint's tokens it is.
pub(super) fn serial(bearer: &Bearer) -> u64 {
    bearer.token().parse().expect("the endpoint numbers its tokens")
}
