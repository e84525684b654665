//! The token machine: one token, one flight, any number of callers.
//!
//! Two facts that do not depend on each other make up its state: which token is live, and what the flight, the effort
//! to get the next one, is doing. A flight is one or more exchanges with the token endpoint.

mod bearer;
mod exchange;
mod grant;

use std::sync::Arc;
use std::time::Duration;

pub use bearer::Bearer;
pub(crate) use bearer::Generation;
use exchange::Refused;
pub use exchange::{Exchange, Finished};
use grant::Grant;

use crate::config::{Config, Credentials, Limits};
use crate::error::{Error, Kind, Limit};
use crate::retry::{Jitter, RetryPolicy, Verdict};
use crate::time::{Expiry, Now, Timestamp};

/// Counts the changes that a waiting caller may care about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version(u64);

/// Counts the flights.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct FlightId(u64);

/// A caller's place: which flight it joined, so that it gets that flight's outcome, and which token it was refused.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Seat {
    joined: Option<FlightId>,
    refused: Option<Generation>,
}

impl Seat {
    /// Not this token again, nor an older one.
    pub(crate) fn refuse(&mut self, generation: Generation) {
        self.refused = self.refused.max(Some(generation));
    }

    #[inline]
    fn takes(&self, bearer: &Bearer) -> bool {
        self.refused.is_none_or(|refused| refused < bearer.generation())
    }

    /// The published bearer, where the machine need not be asked for one.
    #[inline]
    pub(crate) fn serve<'b>(
        &mut self,
        now: Now,
        published: Option<&'b Arc<Bearer>>,
    ) -> Option<&'b Arc<Bearer>> {
        let bearer = published.filter(|bearer| bearer.serves(now) && self.takes(bearer))?;
        // As the machine does: what becomes of the flight it waited for is no longer this caller's outcome.
        self.joined = None;
        Some(bearer)
    }
}

/// What a caller that wants a token gets.
#[derive(Debug)]
pub(crate) enum Acquire {
    /// Use this one.
    Ready(Arc<Bearer>),
    /// Ask again once the version is no longer `seen`, or at `until`.
    Wait { seen: Version, until: Timestamp },
    /// The flight this caller joined failed.
    Failed(Error),
}

/// What became of a refused token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// It was the current one; it is gone.
    Dropped,
    /// It had been replaced or dropped already.
    Stale,
    /// The last refusal is too recent: the next token is fetched then, not before.
    Deferred(Timestamp),
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct TokenMachine {
    config: Arc<Config>,
    credentials: Arc<Credentials>,
    retry: RetryPolicy,
    live: Option<Live>,
    flight: Flight,
    last_failure: Option<(FlightId, Error)>,
    /// Why the last exchange that is to be repeated brought no token: for who waits in vain.
    trouble: Option<(FlightId, Error)>,
    /// When the last refusal that cost a fetch lets that fetch go out.
    last_refusal: Option<Timestamp>,
    /// The pause after the next failed flight.
    cooling: Duration,
    generation: Generation,
    next_flight: FlightId,
    version: Version,
    jitter: Jitter,
}

#[derive(Clone, Debug)]
struct Live {
    bearer: Arc<Bearer>,
    renew_at: Expiry,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Flight {
    /// Nothing under way.
    Idle,
    /// An exchange is due: at once, after a backoff, or after the refusal gap.
    Due { id: FlightId, attempt: u32, at: Timestamp },
    /// An exchange is out, and presumed lost once its lease ends.
    Out { id: FlightId, attempt: u32, lease_until: Timestamp },
    /// The last flight failed; until then its error answers newcomers.
    Cooling { until: Timestamp },
}

impl TokenMachine {
    pub(crate) fn new(config: Arc<Config>, jitter: Jitter) -> Self {
        let limits = &config.limits;
        Self {
            credentials: Arc::new(config.credentials.clone()),
            retry: RetryPolicy {
                max_attempts: limits.token_attempts,
                base: limits.token_backoff,
                cap: limits.retry_after_cap,
            },
            live: None,
            flight: Flight::Idle,
            last_failure: None,
            trouble: None,
            last_refusal: None,
            cooling: limits.cooling,
            generation: Generation::FIRST,
            next_flight: FlightId(0),
            version: Version(0),
            jitter,
            config,
        }
    }

    /// Asks for a token on behalf of the caller in `seat`.
    pub(crate) fn acquire(&mut self, now: Now, seat: &mut Seat) -> Acquire {
        let answer = self.answer(now, seat);
        self.settle();
        answer
    }

    fn answer(&mut self, now: Now, seat: &mut Seat) -> Acquire {
        if matches!(self.flight, Flight::Cooling { until } if until <= now.monotonic) {
            self.flight = Flight::Idle;
        }
        // Dropped, not skipped: a wall clock set back must not bring an expired token back.
        self.live.take_if(|live| live.bearer.has_expired(now));
        if let Some(live) = &self.live
            && seat.takes(&live.bearer)
        {
            let bearer = Arc::clone(&live.bearer);
            if live.renew_at.has_come(now) && self.flight == Flight::Idle {
                self.start_flight(now.monotonic);
            }
            seat.joined = None;
            return Acquire::Ready(bearer);
        }
        if let (Some(joined), Some((failed, error))) = (seat.joined, &self.last_failure)
            && joined <= *failed
        {
            seat.joined = None;
            return Acquire::Failed(error.clone());
        }
        match self.flight {
            Flight::Idle => {
                seat.joined = Some(self.start_flight(now.monotonic));
                Acquire::Wait { seen: self.version, until: now.monotonic }
            }
            Flight::Due { id, at: until, .. } | Flight::Out { id, lease_until: until, .. } => {
                seat.joined = Some(id);
                Acquire::Wait { seen: self.version, until }
            }
            Flight::Cooling { .. } => {
                seat.joined = None;
                let (_, error) = self.last_failure.as_ref().expect("only a failed flight starts cooling");
                Acquire::Failed(error.clone())
            }
        }
    }

    /// The exchange to perform now, if one is due. Yields each exchange once.
    pub(crate) fn poll_exchange(&mut self, now: Now) -> Option<Exchange> {
        let (id, attempt) = match self.flight {
            Flight::Due { id, attempt, at } if at <= now.monotonic => (id, attempt),
            Flight::Out { id, attempt, lease_until } if lease_until <= now.monotonic => {
                if self.limits().token_attempts <= attempt {
                    self.fail(now, id, self.lost(), None);
                    return None;
                }
                (id, attempt + 1)
            }
            Flight::Idle | Flight::Due { .. } | Flight::Out { .. } | Flight::Cooling { .. } => return None,
        };
        if let Flight::Out { id, .. } = self.flight {
            self.trouble = Some((id, self.lost()));
        }
        // Longer than the request's timeout: whoever performs it has its own timeout to report first.
        let lease_until = now.monotonic + self.limits().token_lease;
        self.flight = Flight::Out { id, attempt, lease_until };
        self.settle();
        Some(Exchange::new(id, attempt, now, Arc::clone(&self.credentials), Arc::clone(&self.config)))
    }

    /// Takes an exchange's outcome. One whose place another has taken, its lease having ended, changes nothing.
    pub(crate) fn handle_exchange(&mut self, now: Now, finished: Finished) {
        let Finished { exchange, outcome } = finished;
        if !self.is_out(&exchange) {
            return;
        }
        match outcome {
            Ok(grant) => self.install(now, &exchange, grant),
            // Nobody asked with the new credentials yet, so nobody can fail with them.
            Err(_) if !Arc::ptr_eq(&exchange.credentials, &self.credentials) => {
                // A new flight, not its first attempt again: (flight, attempt) is an exchange's identity.
                self.start_flight(now.monotonic);
                self.touch();
            }
            Err(Refused { error, verdict }) => {
                let asked = match verdict {
                    Verdict::Retry(asked) => asked.map(|asked| asked.from(now.wall)),
                    _ => None,
                };
                let delay = match verdict {
                    Verdict::Repeat => {
                        self.retry.delay(exchange.attempt, Some(Duration::ZERO), &mut self.jitter)
                    }
                    Verdict::Retry(_) => self.retry.delay(exchange.attempt, asked, &mut self.jitter),
                    Verdict::Accept | Verdict::Reauthorize | Verdict::GiveUp => {
                        return self.fail(now, exchange.flight, error, None);
                    }
                };
                match delay {
                    Ok(delay) => {
                        self.trouble = Some((exchange.flight, error));
                        self.retry(exchange.flight, exchange.attempt + 1, now.monotonic + delay);
                    }
                    Err(reason) => self.fail(now, exchange.flight, error.unrepeated(reason), asked),
                }
            }
        }
    }

    /// Takes back an exchange that was not performed; the next caller that polls takes it over.
    pub(crate) fn abandon_exchange(&mut self, now: Now, exchange: Exchange) {
        if self.is_out(&exchange) {
            // Not at once: what is always abandoned must not go round as fast as it can.
            let at = exchange.sent_at.monotonic + self.limits().cooling;
            self.retry(exchange.flight, exchange.attempt, at.max(now.monotonic));
        }
    }

    /// Takes note that the API refused the token of `generation`.
    pub(crate) fn refuse(&mut self, now: Now, generation: Generation) -> Refusal {
        if self.live.as_ref().is_none_or(|live| live.bearer.generation() != generation) {
            return Refusal::Stale;
        }
        let gap_end = self.last_refusal.map(|last| last + self.limits().refusal_gap);
        let Some(end) = gap_end.filter(|end| now.monotonic < *end) else {
            self.live = None;
            self.last_refusal = Some(now.monotonic);
            return Refusal::Dropped;
        };
        // The token goes on serving those it was not refused to: a server that refuses everything must not turn every
        // one of them into a waiter.
        if self.flight == Flight::Idle {
            self.start_flight(end);
            self.last_refusal = Some(end);
        }
        self.settle();
        match self.flight {
            Flight::Due { at, .. } => Refusal::Deferred(at),
            Flight::Idle | Flight::Out { .. } | Flight::Cooling { .. } => Refusal::Deferred(now.monotonic),
        }
    }

    /// Changes the credentials. The token stays; what is out is not failed by the old ones' refusal.
    pub(crate) fn set_credentials(&mut self, now: Now, credentials: Credentials) {
        self.credentials = Arc::new(credentials);
        self.cooling = self.limits().cooling;
        match self.flight {
            Flight::Cooling { .. } => self.flight = Flight::Idle,
            Flight::Due { at, attempt, .. } => {
                // A backoff was about the old credentials; the gap after a refusal is not.
                self.start_flight(if attempt == 1 { at } else { now.monotonic });
            }
            Flight::Idle | Flight::Out { .. } => {}
        }
        self.touch();
    }

    /// Has an exchange that was not sent yet ask with these credentials, and every later one. Nothing else changes.
    pub(crate) fn renew_credentials(&mut self, exchange: &mut Exchange, credentials: Credentials) {
        if *exchange.credentials != credentials {
            self.credentials = Arc::new(credentials);
            exchange.credentials = Arc::clone(&self.credentials);
        }
    }

    /// Whether there is a token for the caller in `seat`.
    pub(crate) fn has_for(&self, now: Now, seat: &Seat) -> bool {
        self.live.as_ref().is_some_and(|live| !live.bearer.has_expired(now) && seat.takes(&live.bearer))
    }

    /// What has gone wrong so far with the flight that the caller in `seat` waits for.
    pub(crate) fn trouble(&self, seat: &Seat) -> Option<&Error> {
        self.trouble.as_ref().filter(|(flight, _)| seat.joined == Some(*flight)).map(|(_, error)| error)
    }

    /// When the endpoint is asked again for what the last exchange did not bring, whoever asks then.
    pub(crate) fn asked_again_at(&self) -> Option<Timestamp> {
        match self.flight {
            Flight::Due { at, .. } => Some(at),
            Flight::Idle | Flight::Out { .. } | Flight::Cooling { .. } => None,
        }
    }

    /// Whether there is a token that may be used.
    pub(crate) fn serves(&self, now: Now) -> bool {
        self.live.as_ref().is_some_and(|live| !live.bearer.has_expired(now))
    }

    /// Who asks for tokens, as of now.
    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Moves whenever a waiting caller should ask again.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// The current token, to be published before the session is unlocked.
    pub(crate) fn bearer(&self) -> Option<&Arc<Bearer>> {
        self.live.as_ref().map(|live| &live.bearer)
    }

    fn start_flight(&mut self, at: Timestamp) -> FlightId {
        let id = self.next_flight;
        self.next_flight = FlightId(id.0 + 1);
        self.flight = Flight::Due { id, attempt: 1, at };
        id
    }

    fn retry(&mut self, id: FlightId, attempt: u32, at: Timestamp) {
        self.flight = Flight::Due { id, attempt, at };
        self.touch();
    }

    fn install(&mut self, now: Now, exchange: &Exchange, grant: Grant) {
        self.generation = self.generation.next();
        let limits = &self.config.limits;
        // A short-lived token must not be all margin, and is used for a moment whatever it says: otherwise every
        // caller would fetch a token of its own.
        let leeway = limits.leeway.min(grant.lifetime / 4);
        let margin = limits.renewal_margin.min(grant.lifetime / 2);
        let margin = margin - self.jitter.up_to(margin / 4);
        // Counted from when the request was sent: the server's clock started no earlier.
        let spent = now.monotonic.since(exchange.sent_at.monotonic);
        let at_least = spent + limits.min_use;
        let renew_at = Expiry::after(exchange.sent_at, grant.lifetime.saturating_sub(margin).max(at_least));
        let expires_at = Expiry::after(exchange.sent_at, grant.lifetime.saturating_sub(leeway).max(at_least));
        let bearer = Arc::new(Bearer::new(grant.header, self.generation, renew_at, expires_at));
        self.live = Some(Live { bearer, renew_at });
        self.trouble = None;
        self.flight = Flight::Idle;
        self.cooling = limits.cooling;
        self.touch();
    }

    fn fail(&mut self, now: Now, flight: FlightId, error: Error, asked: Option<Duration>) {
        let limits = &self.config.limits;
        let asked = asked.unwrap_or_default().min(limits.retry_after_cap);
        self.flight = Flight::Cooling { until: now.monotonic + self.cooling.max(asked) };
        self.cooling = (self.cooling * 2).min(limits.max_cooling);
        self.last_failure = Some((flight, error));
        self.touch();
    }

    fn lost(&self) -> Error {
        Error::new(Kind::Lost(Limit { name: "token_lease", length: self.limits().token_lease }))
    }

    /// Whether that exchange's outcome still counts.
    pub(crate) fn is_out(&self, exchange: &Exchange) -> bool {
        matches!(self.flight, Flight::Out { id, attempt, .. } if (id, attempt) == (exchange.flight, exchange.attempt))
    }

    fn limits(&self) -> &Limits {
        &self.config.limits
    }

    fn touch(&mut self) {
        self.version = Version(self.version.0 + 1);
        self.settle();
    }

    /// Notes in the bearer when the session must be asked again: while a renewal is out, not before its lease ends, so
    /// that the path without the lock stays open through a renewal.
    fn settle(&mut self) {
        let Some(live) = &mut self.live else { return };
        let ask_at = match self.flight {
            Flight::Idle => live.renew_at,
            Flight::Due { at: monotonic, .. }
            | Flight::Out { lease_until: monotonic, .. }
            | Flight::Cooling { until: monotonic } => Expiry { monotonic, wall: Duration::MAX },
        };
        if live.bearer.ask_at() != ask_at {
            live.bearer = Arc::new(live.bearer.asking_at(ask_at));
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
