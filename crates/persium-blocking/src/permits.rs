//! How many requests of one client may be out together.

use std::sync::{Arc, PoisonError};
use std::task::Waker;

use persium_core::{Place, Waiters};

use crate::sync::{Mutex, MutexGuard};

pub(crate) struct Permits(Mutex<State>);

struct State {
    most: usize,
    out: usize,
    closed: bool,
    waiters: Waiters,
}

/// A permit to have a request out; dropped, it is the next one's.
pub(crate) struct Permit(Arc<Permits>);

/// What there was for who asked.
pub(crate) enum Taken {
    Permit(Permit),
    /// None is left: one will come.
    Later,
    /// None will come.
    Closed,
}

impl Permits {
    pub(crate) fn new(count: usize) -> Self {
        Self(Mutex::new(State { most: count, out: 0, closed: false, waiters: Waiters::default() }))
    }

    /// A permit, or a place among those who are woken when one is given back.
    pub(crate) fn take(self: &Arc<Self>, place: &mut Option<Place>, waker: &Waker) -> Taken {
        let mut state = self.lock();
        if state.closed {
            return Taken::Closed;
        }
        if state.out < state.most {
            state.out += 1;
            return Taken::Permit(Permit(Arc::clone(self)));
        }
        state.waiters.join(place, waker);
        Taken::Later
    }

    /// Whether none is out; `false`: a place among those who are woken when one is given back.
    pub(crate) fn are_back(&self, place: &mut Option<Place>, waker: &Waker) -> bool {
        let mut state = self.lock();
        if state.out > 0 {
            state.waiters.join(place, waker);
        }
        state.out == 0
    }

    /// Gives out no more.
    pub(crate) fn close(&self) {
        let woken = {
            let mut state = self.lock();
            state.closed = true;
            state.waiters.take()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// How many are out.
    pub(crate) fn out(&self) -> usize {
        self.lock().out
    }

    pub(crate) fn leave(&self, place: Place) {
        self.lock().waiters.leave(place);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let woken = {
            let mut state = self.0.lock();
            state.out -= 1;
            state.waiters.take()
        };
        woken.into_iter().for_each(Waker::wake);
    }
}
