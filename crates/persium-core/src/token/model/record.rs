//! What an onlooker knows who sees every message and not the machine.

use crate::token::*;

/// A token, as the endpoint meant it.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) serial: u64,
    pub(super) lifetime: Duration,
    pub(super) sent_at: Now,
    pub(super) came_at: Timestamp,
    /// The API refused it, and within the gap: others go on using it.
    pub(super) refused: bool,
}

/// An exchange that was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) flight: FlightId,
    pub(super) attempt: u32,
    pub(super) at: Timestamp,
}

/// The story so far, as far as it bears on what may happen next.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// How many tokens the endpoint has granted.
    pub(super) granted: u64,
    /// The newest token, unless it was dropped or seen to have expired.
    pub(super) token: Option<Token>,
    /// The exchange whose outcome counts.
    pub(super) current: Option<Sent>,
    /// When the last exchange that vanished is presumed lost.
    pub(super) lost_at: Option<Timestamp>,
    /// When the last refusal that cost a fetch let that fetch go out.
    pub(super) charged_at: Option<Timestamp>,
    /// Until when nothing is sent, because a flight failed.
    pub(super) cooling_until: Option<Timestamp>,
    /// Failed flights in a row.
    pub(super) failures: u32,
}

impl Token {
    /// Whether it may be handed out: not on its last leeway by either clock, or new however short it lives.
    pub(super) fn is_usable(&self, now: Now, limits: &Limits) -> bool {
        let leeway = limits.leeway.min(self.lifetime / 4);
        self.age(now) < (self.lifetime - leeway).max(self.settled(limits))
    }

    /// Whether it may be renewed already.
    pub(super) fn may_be_renewed(&self, now: Now, limits: &Limits) -> bool {
        let margin = limits.renewal_margin.min(self.lifetime / 2);
        (self.lifetime - margin).max(self.settled(limits)) <= self.age(now)
    }

    /// Whether it must be renewed, the jitter having had its share.
    pub(super) fn must_be_renewed(&self, now: Now, limits: &Limits) -> bool {
        let margin = limits.renewal_margin.min(self.lifetime / 2) * 3 / 4;
        (self.lifetime - margin).max(self.settled(limits)) <= self.age(now)
    }

    /// How old it is by the clock that makes it older.
    fn age(&self, now: Now) -> Duration {
        let monotonic = now.monotonic.since(self.sent_at.monotonic);
        monotonic.max(now.wall.saturating_sub(self.sent_at.wall))
    }

    /// How old it must be at least before it is thought of as ending.
    fn settled(&self, limits: &Limits) -> Duration {
        self.came_at.since(self.sent_at.monotonic) + limits.min_use
    }
}

impl Record {
    /// The token that may be handed out now.
    pub(super) fn usable(&self, now: Now, limits: &Limits) -> Option<&Token> {
        self.token.as_ref().filter(|token| token.is_usable(now, limits))
    }

    /// Whether its outcome counts.
    pub(super) fn is_current(&self, exchange: &Exchange) -> bool {
        let is_it = |sent: Sent| (sent.flight, sent.attempt) == (exchange.flight, exchange.attempt);
        self.current.is_some_and(is_it)
    }

    pub(super) fn is_cooling(&self, now: Now) -> bool {
        self.cooling_until.is_some_and(|until| now.monotonic < until)
    }

    pub(super) fn is_in_gap(&self, now: Now, limits: &Limits) -> bool {
        self.charged_at.is_some_and(|at| now.monotonic < at + limits.refusal_gap)
    }

    /// How long the next failure cools.
    pub(super) fn pause(&self, limits: &Limits) -> Duration {
        (limits.cooling * 2_u32.saturating_pow(self.failures.min(16))).min(limits.max_cooling)
    }

    /// A flight failed.
    pub(super) fn on_failure(&mut self, now: Now, limits: &Limits) {
        self.cooling_until = Some(now.monotonic + self.pause(limits));
        self.failures += 1;
        self.current = None;
    }

    /// A token came.
    pub(super) fn on_grant(&mut self, now: Now, sent_at: Now, lifetime: Duration) {
        let token = Token { serial: self.granted, lifetime, sent_at, came_at: now.monotonic, refused: false };
        self.token = Some(token);
        self.failures = 0;
        self.cooling_until = None;
    }

    pub(super) fn on_rotation(&mut self) {
        self.failures = 0;
        self.cooling_until = None;
    }
}
