//! How long each phase of an exchange takes, for who asks.

use std::cell::RefCell;
use std::time::Instant;

use persium_core::{Failure, Phase, Response, Timeline};

tokio::task_local! {
    /// When the exchange began that the task is at, and what it came to so far. The connection that is opened for it is opened
    /// within it.
    static TIMER: (Instant, RefCell<Timeline>);
}

/// Performs an exchange, and tells how long its phases took.
pub(crate) async fn timed(
    exchange: impl Future<Output = Result<Response, Failure>>,
) -> Result<Response, Failure> {
    let told = async {
        let outcome = exchange.await;
        TIMER.with(|(begun, timeline)| timeline.take().tell(outcome, begun.elapsed()))
    };
    TIMER.scope((Instant::now(), RefCell::default()), told).await
}

/// A phase ended well. Of no effect where nobody asks.
pub(crate) fn on_ended(phase: Phase) {
    // An error: nobody does.
    let _ = TIMER.try_with(|(begun, timeline)| timeline.borrow_mut().on_ended(phase, begun.elapsed()));
}
