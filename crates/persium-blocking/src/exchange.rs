//! Performing an exchange with the token endpoint, apart from the caller that happened to be first.

use std::sync::Arc;
use std::thread;

use persium_core::{Exchange, Failure, FailureKind, Phase};

use crate::shared::Shared;

/// Performs it on a thread of its own: a caller that goes away takes nobody's token along.
pub(crate) fn spawn(shared: Arc<Shared>, exchange: Exchange) {
    // Taken out again where no thread can be had.
    let guard = Guard { shared, exchange: Some(exchange) };
    let cell = Arc::new(std::sync::Mutex::new(Some(guard)));
    let moved = Arc::clone(&cell);
    let take = |cell: &std::sync::Mutex<Option<Guard>>| {
        cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    };
    let work = move || {
        if let Some(guard) = take(&moved) {
            guard.perform();
        }
    };
    if let Err(error) = thread::Builder::new().name("persium-token".to_owned()).spawn(work)
        && let Some(guard) = take(&cell)
    {
        guard.end(Err(Failure::new(Phase::Connect, FailureKind::Interrupted, error)));
    }
}

/// Gives the exchange back where its thread panics.
struct Guard {
    shared: Arc<Shared>,
    exchange: Option<Exchange>,
}

impl Guard {
    fn perform(self) {
        let Some(transmit) = self.exchange.as_ref().map(Exchange::transmit) else { return };
        let outcome = self.shared.transmit(None, transmit);
        self.end(outcome);
    }

    fn end(mut self, outcome: Result<persium_core::Response, Failure>) {
        if let Some(exchange) = self.exchange.take() {
            let finished = exchange.finish(outcome);
            self.shared.with_session(|session, now| session.handle_exchange(now, finished));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(exchange) = self.exchange.take() {
            self.shared.with_session(|session, now| session.abandon_exchange(now, exchange));
        }
    }
}
