//! What the callers of one client share.

use std::sync::Arc;

use crate::config::{Config, Credentials};
use crate::retry::Jitter;
use crate::time::Now;
use crate::token::{Bearer, Exchange, Finished, TokenMachine, Version};

/// The shared half of a client's state: the token, the flight to the token endpoint, the retries' jitter.
///
/// An adapter keeps it in its one mutex. Every method is short, never blocks, never parses; whatever took the lock
/// publishes [`bearer`](Self::bearer) before unlocking, and wakes who waits where [`version`](Self::version) moved.
#[derive(Debug)]
pub struct Session {
    pub(crate) tokens: TokenMachine,
    pub(crate) jitter: Jitter,
}

impl Session {
    /// A session with no token yet. `seed` spreads retries and renewals: another one for each process.
    #[must_use]
    pub fn new(config: &Arc<Config>, seed: u64) -> Self {
        Self { tokens: TokenMachine::new(Arc::clone(config), Jitter::new(seed)), jitter: Jitter::new(!seed) }
    }

    /// The token exchange to perform now, if one is due. To be asked after every
    /// [`Caller::poll`](crate::Caller::poll); yields each exchange once.
    #[must_use]
    pub fn poll_exchange(&mut self, now: Now) -> Option<Exchange> {
        self.tokens.poll_exchange(now)
    }

    /// Takes the outcome of an exchange. One that outlived its lease changes nothing.
    pub fn handle_exchange(&mut self, now: Now, finished: Finished) {
        self.tokens.handle_exchange(now, finished);
    }

    /// Takes back an exchange that was not performed, or whose outcome nobody knows: it is due again shortly.
    pub fn abandon_exchange(&mut self, now: Now, exchange: Exchange) {
        self.tokens.abandon_exchange(now, exchange);
    }

    /// Takes note that the API refused `bearer` (401). Where that is not the current one, nothing changes.
    ///
    /// A [`Call`](crate::Call) does this by itself; this is for who takes tokens from [`Authorize`](crate::Authorize).
    pub fn refuse(&mut self, now: Now, bearer: &Bearer) {
        self.tokens.refuse(now, bearer.generation());
    }

    /// Changes the credentials. The token is used for as long as it lives; the pause after a failure ends.
    pub fn set_credentials(&mut self, now: Now, credentials: Credentials) {
        self.tokens.set_credentials(now, credentials);
    }

    /// The current token: what to publish.
    #[must_use]
    pub fn bearer(&self) -> Option<&Arc<Bearer>> {
        self.tokens.bearer()
    }

    /// Moves whenever a caller told to [`Step::Await`](crate::Step::Await) should poll again.
    #[must_use]
    pub fn version(&self) -> Version {
        self.tokens.version()
    }
}
