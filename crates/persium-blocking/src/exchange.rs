//! Performing an exchange with the token endpoint, apart from the caller that happened to be first.

use std::sync::Arc;

use persium_core::Exchange;
use tracing::Span;

use crate::shared::Shared;
use crate::sync::thread;
use crate::trace;

/// Performs it on a thread of its own: a caller that goes away takes nobody's token along.
pub(crate) fn spawn(shared: Arc<Shared>, exchange: Exchange) {
    let guard = Guard { shared, exchange: Some(exchange) };
    let span = trace::exchange();
    // Where no thread can be had, the guard is dropped with its work, and the exchange is due again shortly.
    let _ = thread::Builder::new()
        .name("persium-token".to_owned())
        .spawn(move || span.in_scope(|| guard.perform(&span)));
}

/// Gives the exchange back where its thread panics, or never began.
struct Guard {
    shared: Arc<Shared>,
    exchange: Option<Exchange>,
}

impl Guard {
    fn perform(mut self, span: &Span) {
        self.read_secret();
        let Some(transmit) = self.exchange.as_ref().map(Exchange::transmit) else { return };
        let outcome = self.shared.transmit(None, &mut None, transmit);
        let Some(exchange) = self.exchange.take() else { return };
        let used = exchange.credentials().clone();
        let finished = exchange.finish(outcome);
        // Refused, and the file says something else by now: the next request is made with that.
        let newer = self.shared.secret.as_ref().filter(|_| finished.is_refused());
        let newer = newer.and_then(|file| file.credentials(&used)).filter(|newer| *newer != used);
        let (upshot, now) = self.shared.with_session(|session, now| {
            if let Some(newer) = newer {
                session.set_credentials(now, newer);
            }
            (session.handle_exchange(now, finished), now)
        });
        trace::exchanged(span, &upshot, now);
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
