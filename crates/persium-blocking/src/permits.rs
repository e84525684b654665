//! How many requests of one client may be out together.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use persium_core::{Place, Waiters};

pub(crate) struct Permits(Mutex<State>);

struct State {
    left: usize,
    waiters: Waiters,
}

/// A permit to have a request out; dropped, it is the next one's.
pub(crate) struct Permit<'a>(&'a Permits);

impl Permits {
    pub(crate) fn new(count: usize) -> Self {
        Self(Mutex::new(State { left: count, waiters: Waiters::default() }))
    }

    /// A permit, or a place among those who are woken when one is given back.
    pub(crate) fn take(&self, place: &mut Option<Place>, waker: &Waker) -> Option<Permit<'_>> {
        let mut state = self.lock();
        if state.left == 0 {
            state.waiters.join(place, waker);
            return None;
        }
        state.left -= 1;
        Some(Permit(self))
    }

    pub(crate) fn leave(&self, place: Place) {
        self.lock().waiters.leave(place);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let woken = {
            let mut state = self.0.lock();
            state.left += 1;
            state.waiters.take()
        };
        woken.into_iter().for_each(Waker::wake);
    }
}
