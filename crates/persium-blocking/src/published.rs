//! The bearer beside the mutex, where callers find it without asking the session.

use std::sync::Arc;

use persium_core::Bearer;

use crate::sync::{ArcSwapOption, next_thread, processors, thread_local};

/// The session's current bearer, in as many copies as there are processors: a clone counts itself, and threads that
/// count on the same copy wait for each other's processor (at two threads it cost five times as much).
///
/// The first copy is the session's own.
pub(crate) struct Published {
    copies: Box<[ArcSwapOption<Bearer>]>,
}

/// However many processors there are. A copy takes the token's length, and a new token is copied under the mutex.
const MOST: usize = 16;

thread_local! {
    /// Its number: so the threads of a pool have different copies.
    static THREAD: usize = next_thread();
}

impl Published {
    pub(crate) fn new() -> Self {
        let copies = processors().next_power_of_two().min(MOST);
        Self { copies: (0..copies).map(|_| ArcSwapOption::empty()).collect() }
    }

    /// What `look` makes of this thread's copy. Takes no lock and allocates nothing.
    pub(crate) fn with<T>(&self, look: impl FnOnce(Option<&Arc<Bearer>>) -> T) -> T {
        // While a thread ends it has no number, and may well share a copy.
        let thread = THREAD.try_with(|thread| *thread).unwrap_or(0);
        look(self.copies[thread & (self.copies.len() - 1)].load().as_ref())
    }

    /// Replaces every copy, where `current` is another bearer. To be called with the session locked.
    ///
    /// All are taken back before the first is given out: whoever comes in between asks the session, and so nobody gets
    /// an older token after anybody got a newer one.
    pub(crate) fn update(&self, current: Option<&Arc<Bearer>>) {
        let (first, others) = self.copies.split_first().expect("there is a processor");
        if first.load().as_ref().map(Arc::as_ptr) == current.map(Arc::as_ptr) {
            return;
        }
        for copy in &self.copies {
            copy.store(None);
        }
        first.store(current.cloned());
        for copy in others {
            copy.store(current.map(|current| Arc::new(current.copied())));
        }
    }
}
