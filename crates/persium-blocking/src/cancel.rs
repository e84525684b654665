//! Ending a blocked call from another thread.

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::task::Waker;

use persium_core::{Place, Waiters};

use crate::sync::{Mutex, MutexGuard};

/// Ends calls from another thread: every one made by a client that [listens to it](crate::Client::canceled_by), in
/// whatever it is waiting for. Once fired it stays so; make a new one for the next calls.
///
/// ```
/// use persium_blocking::Cancel;
///
/// let cancel = Cancel::new();
/// cancel.clone().cancel();
/// assert!(cancel.is_canceled());
/// ```
#[derive(Clone, Default)]
pub struct Cancel(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    canceled: bool,
    waiters: Waiters,
}

impl Cancel {
    /// One that has not been fired.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the calls that are under way, and those to come.
    pub fn cancel(&self) {
        let woken = {
            let mut state = self.lock();
            state.canceled = true;
            state.waiters.take()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// Whether it was fired.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        self.lock().canceled
    }

    /// Wakes `waker` when it is fired; `None`: it was.
    pub(crate) fn listen(&self, waker: &Waker) -> Option<Listening<'_>> {
        let mut state = self.lock();
        if state.canceled {
            return None;
        }
        let mut place = None;
        state.waiters.join(&mut place, waker);
        Some(Listening { cancel: self, place })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("canceled", &self.is_canceled()).finish()
    }
}

/// A place among those who listen.
pub(crate) struct Listening<'a> {
    cancel: &'a Cancel,
    place: Option<Place>,
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.cancel.lock().waiters.leave(place);
        }
    }
}
