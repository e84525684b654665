//! What the callers of one client share.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, Credentials};
use crate::error::{Error, Unrepeated};
use crate::retry::{Jitter, RetryBudget};
use crate::time::{Now, Timestamp};
use crate::token::{Bearer, Exchange, Finished, Generation, Refusal, TokenMachine, Version};

/// The shared half of a client's state: the token, the flight to the token endpoint, the retries' jitter and budget.
///
/// An adapter keeps it in its one mutex. Every method is short, never blocks, never parses; whatever took the lock
/// publishes [`bearer`](Self::bearer) before unlocking, and wakes who waits where [`version`](Self::version) moved.
#[derive(Debug)]
pub struct Session {
    pub(crate) tokens: TokenMachine,
    pub(crate) jitter: Jitter,
    budget: RetryBudget,
    counts: Stats,
    /// When the current token came.
    token_since: Timestamp,
    /// Who got the last token.
    granted: Option<Arc<Credentials>>,
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
    /// Attempts that were not repeated because the [retry budget](crate::Limits::retry_budget) was spent: there is or
    /// was an outage, and each call still made its first attempt.
    pub retries_refused: u64,
    /// How long ago the current token came, where there is one.
    pub token_age: Option<Duration>,
}

/// What an exchange with the token endpoint came to: for a log. What is decided by it is decided already.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Upshot {
    /// A token came, and is the current one.
    Granted {
        /// How long it lives.
        lifetime: Duration,
    },
    /// None came, and the endpoint is asked again.
    Again {
        /// When.
        at: Timestamp,
        /// Why none came.
        error: Error,
    },
    /// None came, and who waits for one is told why.
    Failed {
        /// Why.
        error: Error,
    },
    /// None came, and the current token goes on being used: nobody is told why, unless this is.
    Kept {
        /// Why.
        error: Error,
    },
    /// It came too late to count: another exchange had taken its place.
    Superseded,
}

impl Session {
    /// A session with no token yet. `seed` spreads retries and renewals: another one for each process.
    #[must_use]
    pub fn new(config: &Arc<Config>, seed: u64) -> Self {
        Self {
            tokens: TokenMachine::new(Arc::clone(config), Jitter::new(seed)),
            jitter: Jitter::new(!seed),
            budget: RetryBudget::new(config.limits.retry_budget, config.limits.retry_refill),
            counts: Stats::default(),
            token_since: Timestamp::ZERO,
            granted: None,
        }
    }

    /// The token exchange to perform now, if one is due. To be asked after every
    /// [`Caller::poll`](crate::Caller::poll); yields each exchange once.
    #[must_use]
    pub fn poll_exchange(&mut self, now: Now) -> Option<Exchange> {
        let exchange = self.tokens.poll_exchange(now);
        self.counts.token_requests += u64::from(exchange.is_some());
        exchange.map(|exchange| match &self.granted {
            Some(granted) if **granted == *exchange.credentials() => exchange.having_worked(),
            _ => exchange,
        })
    }

    /// Makes an exchange that has not been performed yet ask with these credentials, and every later one: for secrets
    /// that are read again before they are used.
    pub fn renew_credentials(&mut self, exchange: &mut Exchange, credentials: Credentials) {
        self.tokens.renew_credentials(exchange, credentials);
    }

    /// Takes the outcome of an exchange. After the exchange's lease has ended it still counts, until another caller was
    /// given an exchange in its place by [`poll_exchange`](Self::poll_exchange); from then on it changes nothing.
    ///
    /// What it came to is for a log, and may be left alone.
    pub fn handle_exchange(&mut self, now: Now, finished: Finished) -> Upshot {
        if !self.tokens.is_out(&finished.exchange) {
            return Upshot::Superseded;
        }
        let (credentials, lifetime) = (Arc::clone(finished.credentials()), finished.lifetime());
        self.tokens.handle_exchange(now, finished);
        match (lifetime, self.tokens.asked_again_at()) {
            (Ok(lifetime), _) => {
                self.token_since = now.monotonic;
                self.granted = Some(credentials);
                Upshot::Granted { lifetime }
            }
            (Err(error), Some(at)) => Upshot::Again { at, error },
            (Err(error), None) if self.tokens.serves(now) => Upshot::Kept { error },
            (Err(error), None) => Upshot::Failed { error },
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

    /// When a call may try again that would after `pause`, and must be over by `deadline`.
    pub(crate) fn grant_retry(
        &mut self,
        now: Now,
        pause: Duration,
        deadline: Timestamp,
    ) -> Result<Timestamp, Unrepeated> {
        let until = now.monotonic + pause;
        if deadline <= until {
            return Err(Unrepeated::Deadline(pause));
        }
        if !self.budget.spend(now) {
            self.counts.retries_refused += 1;
            return Err(Unrepeated::Budget);
        }
        self.counts.retries += 1;
        Ok(until)
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

    /// Who asks for tokens, as of now.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        self.tokens.credentials()
    }

    /// Whether the credentials of now brought a token before.
    #[must_use]
    pub fn has_worked(&self) -> bool {
        self.granted.as_deref() == Some(self.credentials())
    }

    /// The same session, told that its credentials brought a token elsewhere.
    pub(crate) fn having_worked(self) -> Self {
        Self { granted: Some(Arc::new(self.credentials().clone())), ..self }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::{Authorize, Caller, Step};
    use bytes::Bytes;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u32) -> Now {
        let since = SECOND * seconds;
        Now { monotonic: Timestamp::from_elapsed(since), wall: since }
    }

    fn session() -> Session {
        let config = Config::builder()
            .token_url("https://id.test/token")
            .api_base_url("https://api.test")
            .client_id("id")
            .client_secret("old")
            .build();
        Session::new(&Arc::new(config.unwrap()), 7)
    }

    /// The exchange that a caller who comes now sets off.
    fn exchange(session: &mut Session, now: Now) -> Option<Exchange> {
        let _ = Authorize::new(now.monotonic + SECOND * 60).poll(now, session);
        session.poll_exchange(now)
    }

    fn answer(session: &mut Session, now: Now, exchange: Exchange, status: u16) {
        let body = Bytes::from_static(br#"{"access_token":"t","expires_in":300}"#);
        let response = http::Response::builder().status(status).body(body).unwrap();
        session.handle_exchange(now, exchange.finish(Ok(response)));
    }

    fn secret_of(exchange: &Exchange) -> String {
        let body = exchange.transmit().request.into_body();
        String::from_utf8(body.to_vec()).unwrap().rsplit_once('=').unwrap().1.to_owned()
    }

    #[test]
    fn the_age_of_a_token_counts_from_when_it_came() {
        let mut session = session();
        assert_eq!(session.stats(at(100)).token_age, None);
        let first = exchange(&mut session, at(100)).unwrap();
        answer(&mut session, at(103), first, 200);
        assert_eq!(session.stats(at(113)).token_age, Some(SECOND * 10));

        let bearer = session.bearer().cloned().unwrap();
        session.refuse(at(120), &bearer);
        assert_eq!(session.stats(at(120)).token_age, None);
        let second = exchange(&mut session, at(120)).unwrap();
        answer(&mut session, at(121), second, 200);
        assert_eq!(session.stats(at(123)).token_age, Some(SECOND * 2));
        assert_eq!((session.stats(at(123)).token_requests, session.stats(at(123)).refusals), (2, 1));
    }

    #[test]
    fn calls_and_tokens_draw_their_jitter_apart() {
        let tokens = Jitter::new(7).up_to(SECOND);
        assert_ne!(session().jitter.up_to(SECOND), tokens);
    }

    #[test]
    fn an_exchange_that_is_given_back_is_given_out_again() {
        let mut session = session();
        let given_back = exchange(&mut session, at(100)).unwrap();
        session.abandon_exchange(at(101), given_back);
        assert!(session.poll_exchange(at(101)).is_some());
    }

    #[test]
    fn credentials_can_be_changed_between_exchanges_and_before_one() {
        let mut session = session();
        let first = exchange(&mut session, at(100)).unwrap();
        assert_eq!(secret_of(&first), "old");
        answer(&mut session, at(100), first, 401);
        session.set_credentials(at(100), Credentials::new("id", "new").unwrap());
        let mut second = exchange(&mut session, at(100)).unwrap();
        assert_eq!(secret_of(&second), "new");
        session.renew_credentials(&mut second, Credentials::new("id", "newer").unwrap());
        assert_eq!(secret_of(&second), "newer");
        answer(&mut session, at(100), second, 401);
        let third = exchange(&mut session, at(200)).unwrap();
        assert_eq!(secret_of(&third), "newer");
    }

    #[test]
    fn the_version_moves_when_there_is_something_to_wake_for() {
        let mut session = session();
        let mut caller = Authorize::new(at(160).monotonic);
        let Step::Await { seen, .. } = caller.poll(at(100), &mut session) else {
            panic!("there is no token")
        };
        let exchange = session.poll_exchange(at(100)).unwrap();
        assert_eq!(session.version(), seen);
        answer(&mut session, at(101), exchange, 200);
        assert_ne!(session.version(), seen);
    }

    #[test]
    fn what_an_exchange_came_to_is_told_by_who_else_learns_of_it() {
        let mut session = session();
        let first = exchange(&mut session, at(0)).unwrap();
        let busy = http::Response::builder().status(503).body(Bytes::new()).unwrap();
        let upshot = session.handle_exchange(at(0), first.finish(Ok(busy)));
        assert!(matches!(upshot, Upshot::Again { at: time, .. } if at(0).monotonic < time), "{upshot:?}");
        let second = exchange(&mut session, at(1)).unwrap();
        let granted = |lifetime: u32| {
            http::Response::new(Bytes::from(format!(r#"{{"access_token":"t","expires_in":{lifetime}}}"#)))
        };
        let upshot = session.handle_exchange(at(1), second.finish(Ok(granted(300))));
        assert!(matches!(upshot, Upshot::Granted { lifetime } if lifetime == SECOND * 300), "{upshot:?}");
        // Inside the margin the token still serves; after its end there is none.
        for (seconds, is_kept) in [(280, true), (400, false)] {
            let third = exchange(&mut session, at(seconds)).unwrap();
            let denied = http::Response::builder().status(401).body(Bytes::new()).unwrap();
            let upshot = session.handle_exchange(at(seconds), third.finish(Ok(denied)));
            assert_eq!(matches!(upshot, Upshot::Kept { .. }), is_kept, "{upshot:?}");
            assert_eq!(matches!(upshot, Upshot::Failed { .. }), !is_kept, "{upshot:?}");
        }
        let slow = exchange(&mut session, at(500)).unwrap();
        let _taken_over = exchange(&mut session, at(600)).unwrap();
        let upshot = session.handle_exchange(at(600), slow.finish(Ok(granted(300))));
        assert!(matches!(upshot, Upshot::Superseded), "{upshot:?}");
    }
}
