//! Who waits for the session's version to move on.

use std::collections::BTreeMap;
use std::task::Waker;

/// The wakers of the callers told to wait. Plain data: an adapter keeps it in the session's mutex.
///
/// Compare the version and [`join`](Self::join) under one lock, [`take`](Self::take) under the lock that moved
/// the version, and wake after unlocking: then no wake-up is lost.
///
/// ```
/// use persium_core::Waiters;
/// use std::task::Waker;
///
/// let mut waiters = Waiters::default();
/// let mut place = None;
/// waiters.join(&mut place, Waker::noop());
/// waiters.join(&mut place, Waker::noop());
/// assert_eq!(waiters.take().len(), 1, "one place, however often it was polled");
/// ```
#[derive(Debug, Default)]
pub struct Waiters {
    next: u64,
    wakers: BTreeMap<Place, Waker>,
}

/// A place among the waiters, to be given back with [`Waiters::leave`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place(u64);

impl Waiters {
    /// Adds a waker, or replaces the one that `place` holds.
    pub fn join(&mut self, place: &mut Option<Place>, waker: &Waker) {
        if let Some(held) = place.and_then(|place| self.wakers.get_mut(&place)) {
            held.clone_from(waker);
            return;
        }
        let new = Place(self.next);
        self.next += 1;
        self.wakers.insert(new, waker.clone());
        *place = Some(new);
    }

    /// Removes a waker. Without effect where it was taken before.
    pub fn leave(&mut self, place: Place) {
        self.wakers.remove(&place);
    }

    /// Removes everybody, to be woken once the mutex is released.
    #[must_use = "who is taken must be woken"]
    pub fn take(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.wakers).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_is_not_woken_and_leaving_late_takes_nobody_else_along() {
        let mut waiters = Waiters::default();
        let (mut first, mut second) = (None, None);
        waiters.join(&mut first, Waker::noop());
        waiters.join(&mut second, Waker::noop());
        waiters.leave(first.unwrap());
        assert_eq!(waiters.take().len(), 1);

        waiters.join(&mut first, Waker::noop());
        waiters.leave(second.unwrap());
        assert_eq!(waiters.take().len(), 1);
    }
}
