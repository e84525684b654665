//! What can happen next.

use std::fmt;

use super::world::{Phase, World};
use crate::token::*;

/// Callers and exchanges go by their index.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Event {
    /// A caller asks for a token: a new one, or one that was told to wait, in time or early.
    Poll(usize),
    /// A caller has used its token, or has given up. A new one comes in its place.
    Leave(usize),
    /// The API refused the token a caller used.
    Refuse(usize),
    /// Something becomes of an exchange that is out.
    Answer(usize, Reply),
    /// Time passes on both clocks, until the next moment that means something to the machine.
    Tick,
    /// Time passes on the wall clock alone.
    Suspend,
    /// The wall clock is set back.
    SetBack,
    /// New credentials.
    Rotate,
}

/// What becomes of an exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reply {
    /// A token that is worth renewing before it ends.
    Grant,
    /// A token that says it lives for no time at all.
    GrantShort,
    /// The credentials are refused.
    Deny,
    /// 503.
    Busy,
    /// Its performer gives it back.
    Abandon,
    /// Its performer is gone, and nothing is heard of it again.
    Vanish,
}

impl Reply {
    pub(super) const ALL: [Self; 6] =
        [Self::Grant, Self::GrantShort, Self::Deny, Self::Busy, Self::Abandon, Self::Vanish];

    /// How long the token says it lives.
    pub(super) fn lifetime(self) -> Duration {
        Duration::from_secs(if self == Self::Grant { 12 } else { 0 })
    }
}

impl World {
    /// Every event that can happen now. Of callers in the same situation one stands for all.
    pub(super) fn events(&self) -> Vec<Event> {
        let mut events = Vec::with_capacity(24);
        for i in 0..self.callers.len() {
            if (0..i).any(|other| self.in_the_same_situation(other, i)) {
                continue;
            }
            match self.callers[i].phase {
                Phase::Away => events.push(Event::Poll(i)),
                Phase::Refused | Phase::Waiting { .. } => events.extend([Event::Poll(i), Event::Leave(i)]),
                Phase::Using(_) => events.extend([Event::Leave(i), Event::Refuse(i)]),
            }
        }
        for k in 0..self.out.len() {
            events.extend(Reply::ALL.map(|reply| Event::Answer(k, reply)));
        }
        if self.next_moment().is_some() {
            events.push(Event::Tick);
        }
        if 0 < self.jumps {
            events.extend([Event::Suspend, Event::SetBack]);
        }
        if !self.rotated && self.machine.flight != Flight::Idle {
            events.push(Event::Rotate);
        }
        events
    }
}

/// As a line of a report.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poll(i) => write!(f, "caller {i} asks"),
            Self::Leave(i) => write!(f, "caller {i} leaves"),
            Self::Refuse(i) => write!(f, "caller {i} is refused"),
            Self::Answer(k, reply) => write!(f, "exchange {k}: {reply:?}"),
            Self::Tick => f.write_str("time passes"),
            Self::Suspend => f.write_str("the machine sleeps"),
            Self::SetBack => f.write_str("the wall clock is set back"),
            Self::Rotate => f.write_str("new credentials"),
        }
    }
}
