//! Performing an exchange with the token endpoint, apart from the caller that happened to be first.

use std::sync::Arc;

use persium_core::{Exchange, Failure, FailureKind, Phase};
use tokio::runtime::Handle;

use crate::shared::Shared;

/// Performs it in a task of its own: a caller that goes away takes nobody's token along.
pub(crate) fn spawn(shared: Arc<Shared>, exchange: Exchange) {
    let Ok(runtime) = Handle::try_current() else {
        let failure = Failure::new(Phase::Connect, FailureKind::Canceled, "this is not inside a tokio runtime");
        let finished = exchange.finish(Err(failure));
        return shared.with_session(|session, now| session.handle_exchange(now, finished));
    };
    runtime.spawn(Guard { shared, exchange: Some(exchange) }.perform());
}

/// Gives the exchange back where its task is dropped with its runtime, or panics.
struct Guard {
    shared: Arc<Shared>,
    exchange: Option<Exchange>,
}

impl Guard {
    async fn perform(mut self) {
        let Some(transmit) = self.exchange.as_ref().map(Exchange::transmit) else { return };
        let outcome = self.shared.transmit(transmit).await;
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
