//! Parking the calling thread until its waker is woken.
//!
//! Not `std::thread::park`: the token of that one belongs to whoever called us.

use std::cell::OnceCell;
use std::sync::{Arc, PoisonError};
use std::task::{Wake, Waker};
use std::time::Duration;

use crate::sync::{Condvar, Mutex, thread_local};

#[derive(Default)]
pub(crate) struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parker {
    /// Until woken, also where that was before, or for `longest`.
    pub(crate) fn park(&self, longest: Option<Duration>) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        if !*woken {
            woken = match longest {
                Some(longest) => {
                    self.changed.wait_timeout(woken, longest).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(woken).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *woken = false;
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}

thread_local! {
    static PARKER: OnceCell<(Arc<Parker>, Waker)> = const { OnceCell::new() };
}

/// With this thread's parker, made once a thread: waiting allocates nothing.
pub(crate) fn with_parker<T>(wait: impl FnOnce(&Parker, &Waker) -> T) -> T {
    PARKER.with(|cell| {
        let (parker, waker) = cell.get_or_init(|| {
            let parker = Arc::new(Parker::default());
            (Arc::clone(&parker), Waker::from(parker))
        });
        wait(parker, waker)
    })
}
