//! Performing an exchange with the token endpoint, apart from the caller that happened to be first.

use std::sync::Arc;
use std::thread;

use persium_core::{Exchange, Failure, FailureKind, Phase, Response};

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
    fn perform(mut self) {
        self.read_secret();
        let Some(transmit) = self.exchange.as_ref().map(Exchange::transmit) else { return };
        let outcome = self.shared.transmit(None, transmit);
        self.end(outcome);
    }

    fn end(mut self, outcome: Result<Response, Failure>) {
        let Some(exchange) = self.exchange.take() else { return };
        let used = exchange.credentials().clone();
        let finished = exchange.finish(outcome);
        // Refused, and the file says something else by now: the next request is made with that.
        let newer = self.shared.secret.as_ref().filter(|_| finished.is_refused());
        let newer = newer.and_then(|file| file.credentials(&used)).filter(|newer| *newer != used);
        self.shared.with_session(|session, now| {
            if let Some(newer) = newer {
                session.set_credentials(now, newer);
            }
            session.handle_exchange(now, finished);
        });
    }

    /// Reads a secret in a file again.
    fn read_secret(&mut self) {
        if let (Some(file), Some(exchange)) = (&self.shared.secret, &mut self.exchange)
            && let Some(credentials) = file.credentials(exchange.credentials())
        {
            self.shared.with_session(|session, _| session.renew_credentials(exchange, credentials));
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
