//! When two states are one: when they have the same future.

use super::record::{Sent, Token};
use super::world::{Caller, Phase, World, serial};
use crate::token::*;

/// A state, less what has no bearing on its future: times from now, in seconds; counters by their ranks; callers and
/// exchanges in no order; what has gone by without effect left out.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Key(Box<[i16]>);

/// Stands for "none".
const NONE: i16 = i16::MIN;
/// Stands for "never".
const NEVER: i16 = i16::MAX;

/// Writes the numbers of a key.
struct Writer<'a> {
    world: &'a World,
    flights: &'a [FlightId],
    numbers: Vec<i16>,
}

impl World {
    pub(super) fn key(&self) -> Key {
        let flights = self.flights();
        let mut all = Writer { world: self, flights: &flights, numbers: Vec::with_capacity(64) };
        all.machine();
        all.record();
        let callers = self.callers.iter().map(|caller| all.part(|writer| writer.caller(caller)));
        let out = self.out.iter().map(|exchange| all.part(|writer| writer.exchange(exchange)));
        let (mut callers, mut out): (Vec<_>, Vec<_>) = (callers.collect(), out.collect());
        callers.sort_unstable();
        out.sort_unstable();
        all.numbers.extend(callers.into_iter().chain(out).flatten());
        Key(all.numbers.into())
    }

    /// Whether two callers differ in nothing but their place.
    pub(super) fn in_the_same_situation(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.callers[one], &self.callers[other]);
        let same_phase = match (&one.phase, &other.phase) {
            (Phase::Away, Phase::Away) => return true,
            (Phase::Refused, Phase::Refused) => true,
            (Phase::Waiting { seen: a, until: x }, Phase::Waiting { seen: b, until: y }) => (a, x) == (b, y),
            (Phase::Using(a), Phase::Using(b)) => serial(a) == serial(b),
            _ => false,
        };
        let rest = |caller: &Caller| {
            (caller.seat.clone(), caller.refused, caller.failed_before, caller.is_owed_an_error)
        };
        same_phase && rest(one) == rest(other)
    }

    /// The flights that may be compared, in order.
    fn flights(&self) -> Vec<FlightId> {
        let mut flights: Vec<_> = self.callers.iter().filter_map(|caller| caller.seat.joined).collect();
        flights.extend(self.last_failed());
        flights.extend(self.machine.under_way());
        flights.sort_unstable();
        flights.dedup();
        flights
    }
}

impl TokenMachine {
    fn under_way(&self) -> Option<FlightId> {
        match self.flight {
            Flight::Due { id, .. } | Flight::Out { id, .. } => Some(id),
            Flight::Idle | Flight::Cooling { .. } => None,
        }
    }
}

/// The machine's own state: the same before and after what changes nothing.
pub(super) fn machine(world: &World) -> Key {
    let flights = world.flights();
    let mut writer = Writer { world, flights: &flights, numbers: Vec::with_capacity(32) };
    writer.machine();
    Key(writer.numbers.into())
}

impl Writer<'_> {
    /// What `write` writes, apart, and with an end to it.
    fn part(&self, write: impl FnOnce(&mut Self)) -> Vec<i16> {
        let mut part = Self { numbers: Vec::with_capacity(8), ..*self };
        write(&mut part);
        part.number(NEVER);
        part.numbers
    }

    fn machine(&mut self) {
        let machine = &self.world.machine;
        match &machine.live {
            None => self.number(NONE),
            Some(Live { bearer, renew_at }) => {
                self.flag(bearer.generation() == machine.generation);
                for expiry in [*renew_at, bearer.ask_at(), bearer.expires_at()] {
                    self.time(expiry.monotonic);
                    self.wall(expiry.wall);
                }
            }
        }
        match machine.flight {
            Flight::Idle => self.number(0),
            Flight::Due { id, attempt, at } => {
                self.number(1);
                self.flight(Some(id));
                self.count(attempt);
                self.time(at);
            }
            Flight::Out { id, attempt, lease_until } => {
                self.number(2);
                self.flight(Some(id));
                self.count(attempt);
                self.time(lease_until);
            }
            Flight::Cooling { until } => {
                self.number(3);
                self.time(until);
            }
        }
        self.flight(self.world.last_failed());
        self.still_to_come(machine.last_refusal.map(|at| at + machine.config.limits.refusal_gap));
        self.seconds(machine.cooling);
    }

    fn record(&mut self) {
        let World { record, jumps, rotated, .. } = self.world;
        match &record.token {
            None => self.number(NONE),
            Some(Token { serial: _, lifetime, sent_at, came_at, refused }) => {
                self.seconds(*lifetime);
                self.time(sent_at.monotonic);
                self.wall(sent_at.wall);
                self.time(*came_at);
                self.flag(*refused);
            }
        }
        // Which exchange it is stands with the machine, or with the exchanges.
        match record.current {
            None => self.number(NONE),
            Some(Sent { at, .. }) => self.time(at),
        }
        self.still_to_come(record.lost_at);
        self.still_to_come(record.charged_at.map(|at| at + self.world.limits().refusal_gap));
        self.still_to_come(record.cooling_until);
        self.seconds(record.pause(self.world.limits()));
        self.number(i16::from(*jumps));
        self.flag(*rotated);
    }

    fn caller(&mut self, caller: &Caller) {
        let Caller { seat, phase, refused, failed_before, is_owed_an_error } = caller;
        let World { machine, record, .. } = self.world;
        match phase {
            Phase::Away => return self.number(0),
            Phase::Refused => self.number(1),
            Phase::Waiting { .. } if self.world.is_due(caller) => self.number(2),
            Phase::Waiting { until, .. } => {
                self.number(3);
                self.time(*until);
            }
            // One that is not the newest is as good as any other that is not.
            Phase::Using(bearer) => {
                self.number(4);
                self.flag(bearer.generation() == machine.generation);
                self.flag(record.token.as_ref().is_some_and(|token| token.serial == serial(bearer)));
            }
        }
        // A refusal of what is not the newest bears on nothing that is still to be handed out.
        self.flag(seat.refused == Some(machine.generation));
        self.flag(record.token.as_ref().is_some_and(|token| *refused == Some(token.serial)));
        self.flight(seat.joined);
        self.flag(*failed_before < self.world.last_failed());
        self.flag(*is_owed_an_error);
    }

    fn exchange(&mut self, exchange: &Exchange) {
        let World { machine, record, .. } = self.world;
        self.flag(machine.under_way() == Some(exchange.flight));
        self.count(exchange.attempt);
        self.flag(Arc::ptr_eq(&exchange.credentials, &machine.credentials));
        let is_current = record.is_current(exchange);
        self.flag(is_current);
        // A late one is answered in vain: when it was sent matters no more.
        if is_current {
            self.time(exchange.sent_at.monotonic);
            self.wall(exchange.sent_at.wall);
        }
    }

    fn number(&mut self, number: i16) {
        self.numbers.push(number);
    }

    fn flag(&mut self, flag: bool) {
        self.number(i16::from(flag));
    }

    fn count(&mut self, count: u32) {
        self.number(i16::try_from(count).expect("counts are small"));
    }

    fn flight(&mut self, flight: Option<FlightId>) {
        let rank = |flight| self.flights.binary_search(&flight).expect("whatever is named was gathered");
        self.number(flight.map_or(NONE, |flight| i16::try_from(rank(flight)).expect("few are named")));
    }

    fn seconds(&mut self, duration: Duration) {
        self.number(whole_seconds(duration));
    }

    fn time(&mut self, at: Timestamp) {
        let ahead = whole_seconds(at.since(self.world.now.monotonic));
        self.number(ahead - whole_seconds(self.world.now.monotonic.since(at)));
    }

    fn wall(&mut self, at: Duration) {
        if at == Duration::MAX {
            return self.number(NEVER);
        }
        let ahead = whole_seconds(at.saturating_sub(self.world.now.wall));
        self.number(ahead - whole_seconds(self.world.now.wall.saturating_sub(at)));
    }

    /// A time that means nothing once it has come.
    fn still_to_come(&mut self, at: Option<Timestamp>) {
        match at {
            Some(at) if self.world.now.monotonic < at => self.time(at),
            Some(_) | None => self.number(NONE),
        }
    }
}

/// Nothing in the model lasts for a fraction of a second, or for hours.
fn whole_seconds(duration: Duration) -> i16 {
    debug_assert_eq!(duration.subsec_nanos(), 0);
    i16::try_from(duration.as_secs()).expect("a model is over soon")
}
