//! One caller: the private half of a client's state, and the face that an adapter drives.

mod authorize;
mod call;
mod latest;

use std::sync::Arc;

pub use authorize::Authorize;
pub use call::Call;
pub use latest::LatestReading;

use crate::error::Error;
use crate::session::Session;
use crate::time::{Now, Timestamp};
use crate::token::{Bearer, Version};
use crate::wire::{Failure, Response, Transmit};

/// What to do next for one caller. Every wait is bounded by the caller's deadline.
#[derive(Debug)]
#[must_use = "a step is an instruction"]
pub enum Step<T> {
    /// Perform it, then report with [`Caller::handle_outcome`].
    Transmit(Box<Transmit>),
    /// Poll again once the session's version is no longer `seen`, or at `until`; earlier does no harm.
    Await {
        /// The version this was said at.
        seen: Version,
        /// The latest time to poll again.
        until: Timestamp,
    },
    /// Poll again at this time; earlier does no harm.
    Sleep {
        /// When.
        until: Timestamp,
    },
    /// The outcome. Given once: the caller is not polled again.
    Done(Result<T, Error>),
}

/// What an adapter drives: a [`Call`], or an [`Authorize`] alone.
///
/// The loop, whole: poll, do as the [`Step`] says, until it is [`Step::Done`]. Nobody is registered anywhere, so a
/// caller can be dropped between any two steps, and nothing is left to undo.
pub trait Caller {
    /// What it is after.
    type Output;

    /// When it gives up: what else it waits for, a permit for one, is to be waited for no longer.
    fn deadline(&self) -> Timestamp;

    /// The next step, where the published bearer is enough to tell it: takes no lock. `None`: ask the session.
    fn poll_published(&mut self, now: Now, bearer: Option<&Arc<Bearer>>) -> Option<Step<Self::Output>>;

    /// The next step. From the deadline on always [`Step::Done`].
    fn poll(&mut self, now: Now, session: &mut Session) -> Step<Self::Output>;

    /// Takes the outcome of [`Step::Transmit`]. Decodes, so call it unlocked.
    fn handle_outcome(&mut self, outcome: Result<Response, Failure>);

    /// Whether the outcome that it took last refuses the token, and it will ask for a fresh one: for a log, since no error will
    /// tell. `false` from the next poll on.
    fn is_refused(&self) -> bool {
        false
    }
}
