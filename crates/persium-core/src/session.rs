//! What the callers of one client share.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, Credentials};
use crate::retry::Jitter;
use crate::time::{Now, Timestamp};
use crate::token::{Bearer, Exchange, Finished, Generation, Refusal, TokenMachine, Version};

/// The shared half of a client's state: the token, the flight to the token endpoint, the retries' jitter.
///
/// An adapter keeps it in its one mutex. Every method is short, never blocks, never parses; whatever took the lock
/// publishes [`bearer`](Self::bearer) before unlocking, and wakes who waits where [`version`](Self::version) moved.
#[derive(Debug)]
pub struct Session {
    pub(crate) tokens: TokenMachine,
    pub(crate) jitter: Jitter,
    counts: Stats,
    /// When the current token came.
    token_since: Timestamp,
}

/// What a client has done since it was made.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls begun, those of walks among them. Counted by the adapter.
    pub calls: u64,
    /// Requests out at this moment. Counted by the adapter.
    pub in_flight: usize,
    /// Requests to the token endpoint. Many more than tokens' lifetimes gone by: something throws tokens away.
    pub token_requests: u64,
    /// Calls that the API answered with 401 once.
    pub refusals: u64,
    /// Attempts that were repeated after a pause.
    pub retries: u64,
    /// How long ago the current token came, where there is one.
    pub token_age: Option<Duration>,
}

impl Session {
    /// A session with no token yet. `seed` spreads retries and renewals: another one for each process.
    #[must_use]
    pub fn new(config: &Arc<Config>, seed: u64) -> Self {
        Self {
            tokens: TokenMachine::new(Arc::clone(config), Jitter::new(seed)),
            jitter: Jitter::new(!seed),
            counts: Stats::default(),
            token_since: Timestamp::ZERO,
        }
    }

    /// The token exchange to perform now, if one is due. To be asked after every
    /// [`Caller::poll`](crate::Caller::poll); yields each exchange once.
    #[must_use]
    pub fn poll_exchange(&mut self, now: Now) -> Option<Exchange> {
        let exchange = self.tokens.poll_exchange(now);
        self.counts.token_requests += u64::from(exchange.is_some());
        exchange
    }

    /// Makes an exchange that has not been performed yet ask with these credentials, and every later one: for secrets
    /// that are read again before they are used.
    pub fn renew_credentials(&mut self, exchange: &mut Exchange, credentials: Credentials) {
        self.tokens.renew_credentials(exchange, credentials);
    }

    /// Takes the outcome of an exchange. One that outlived its lease changes nothing.
    pub fn handle_exchange(&mut self, now: Now, finished: Finished) {
        let before = self.tokens.bearer().map(|bearer| bearer.generation());
        self.tokens.handle_exchange(now, finished);
        if self.tokens.bearer().map(|bearer| bearer.generation()) != before {
            self.token_since = now.monotonic;
        }
    }

    /// Takes back an exchange that was not performed, or whose outcome nobody knows: it is due again shortly.
    pub fn abandon_exchange(&mut self, now: Now, exchange: Exchange) {
        self.tokens.abandon_exchange(now, exchange);
    }

    /// Takes note that the API refused `bearer` (401). Where that is not the current one, nothing changes.
    ///
    /// A [`Call`](crate::Call) does this by itself; this is for who takes tokens from [`Authorize`](crate::Authorize).
    pub fn refuse(&mut self, now: Now, bearer: &Bearer) {
        self.refuse_generation(now, bearer.generation());
    }

    pub(crate) fn refuse_generation(&mut self, now: Now, generation: Generation) -> Refusal {
        self.counts.refusals += 1;
        self.tokens.refuse(now, generation)
    }

    pub(crate) fn count_retry(&mut self) {
        self.counts.retries += 1;
    }

    /// What was done so far, as far as the core knows of it.
    #[must_use]
    pub fn stats(&self, now: Now) -> Stats {
        let age = || now.monotonic.since(self.token_since);
        Stats { token_age: self.tokens.bearer().map(|_| age()), ..self.counts }
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
