//! The token half of a caller.

use std::sync::Arc;

use super::{Caller, Step};
use crate::error::{Error, Kind, Waiting};
use crate::session::Session;
use crate::time::{Now, Timestamp};
use crate::token::{Acquire, Bearer, Generation, Refusal, Seat};
use crate::wire::{Failure, Response};

/// Wants a token: the token half of a [`Call`](super::Call), and a door of its own for who sends requests by other
/// means.
///
/// It is never told to transmit: what there is to say to the token endpoint comes from
/// [`Session::poll_exchange`].
#[derive(Debug)]
pub struct Authorize {
    deadline: Timestamp,
    seat: Seat,
}

impl Authorize {
    /// Wants a token by `deadline`.
    #[must_use]
    pub fn new(deadline: Timestamp) -> Self {
        Self { deadline, seat: Seat::default() }
    }

    /// Not `refused` again, nor an older one: for who reported it with [`Session::refuse`].
    #[must_use]
    pub fn instead_of(mut self, refused: &Bearer) -> Self {
        self.seat.refuse(refused.generation());
        self
    }

    pub(super) fn set_deadline(&mut self, deadline: Timestamp) {
        self.deadline = deadline;
    }

    /// Reports a refusal, and wants a newer token from now on.
    pub(super) fn refuse(&mut self, now: Now, session: &mut Session, generation: Generation) -> Refusal {
        self.seat.refuse(generation);
        session.refuse_generation(now, generation)
    }
}

impl Caller for Authorize {
    type Output = Arc<Bearer>;

    fn deadline(&self) -> Timestamp {
        self.deadline
    }

    fn poll_published(&mut self, now: Now, bearer: Option<&Arc<Bearer>>) -> Option<Step<Arc<Bearer>>> {
        if self.deadline <= now.monotonic {
            return None;
        }
        self.seat.serve(now, bearer).map(|bearer| Step::Done(Ok(bearer)))
    }

    fn poll(&mut self, now: Now, session: &mut Session) -> Step<Arc<Bearer>> {
        if self.deadline <= now.monotonic {
            return Step::Done(Err(Error::new(Kind::Deadline(Waiting::Token))));
        }
        match session.tokens.acquire(now, &mut self.seat) {
            Acquire::Ready(bearer) => Step::Done(Ok(bearer)),
            Acquire::Wait { seen, until } => Step::Await { seen, until: until.min(self.deadline) },
            Acquire::Failed(error) => Step::Done(Err(error)),
        }
    }

    fn handle_outcome(&mut self, _: Result<Response, Failure>) {}
}
