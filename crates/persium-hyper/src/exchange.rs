//! Performing an exchange with the token endpoint, apart from the caller that happened to be first.

use std::sync::Arc;

use persium_core::{Exchange, Failure, FailureKind, Phase};
use tokio::runtime::Handle;
use tracing::{Instrument as _, Span};

use crate::shared::Shared;
use crate::trace;

/// Performs it in a task of its own: a caller that goes away takes nobody's token along.
pub(crate) fn spawn(shared: Arc<Shared>, exchange: Exchange) {
    let Ok(runtime) = Handle::try_current() else {
        let failure =
            Failure::new(Phase::Connect, FailureKind::Canceled, "this is not inside a tokio runtime");
        let finished = exchange.finish(Err(failure));
        shared.with_session(|session, now| session.handle_exchange(now, finished));
        return;
    };
    let span = trace::exchange();
    runtime.spawn(Guard { shared, exchange: Some(exchange) }.perform(span.clone()).instrument(span));
}

/// Gives the exchange back where its task is dropped with its runtime, or panics.
struct Guard {
    shared: Arc<Shared>,
    exchange: Option<Exchange>,
}

impl Guard {
    async fn perform(mut self, span: Span) {
        self.read_secret();
        let Some(transmit) = self.exchange.as_ref().map(Exchange::transmit) else { return };
        let outcome = self.shared.transmit(transmit).await;
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
        trace::exchanged(&span, &upshot, now);
    }

    /// Reads a secret in a file again. It is a line on a local disk: no reason to leave the thread.
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
