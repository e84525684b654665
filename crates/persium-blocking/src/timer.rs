//! How long each phase of an exchange takes, for who asks.

use std::cell::RefCell;
use std::time::Instant;

use persium_core::{Failure, Phase, Response, Timeline};

thread_local! {
    /// When the exchange began that the thread is at, where somebody asks, and what it came to so far. ureq opens the connection
    /// for it on the same thread.
    static TIMER: RefCell<Option<(Instant, Timeline)>> = const { RefCell::new(None) };
}

/// Performs an exchange, and tells how long its phases took.
pub(crate) fn timed(exchange: impl FnOnce() -> Result<Response, Failure>) -> Result<Response, Failure> {
    let running = Running::start();
    let outcome = exchange();
    match running.stop() {
        Some((begun, timeline)) => timeline.tell(outcome, begun.elapsed()),
        None => outcome,
    }
}

/// A phase ended well. Of no effect where nobody asks.
pub(crate) fn on_ended(phase: Phase) {
    TIMER.with_borrow_mut(|timer| {
        if let Some((begun, timeline)) = timer {
            timeline.on_ended(phase, begun.elapsed());
        }
    });
}

/// A timer that runs until this is gone: a panic in between leaves none behind.
struct Running;

impl Running {
    fn start() -> Self {
        TIMER.set(Some((Instant::now(), Timeline::default())));
        Self
    }

    fn stop(self) -> Option<(Instant, Timeline)> {
        TIMER.take()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        TIMER.set(None);
    }
}
