//! One request after another, by a session of the doctor's own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderValue, Method, Request, Uri};

use super::ask::{Ask, Told};
use crate::caller::{Authorize, Call, Caller, Step};
use crate::config::Config;
use crate::error::{Answer, Error, Peer};
use crate::session::Session;
use crate::time::{Now, Timestamp};
use crate::token::{Bearer, Exchange, Finished};
use crate::wire::{Failure, Response, Timeline, Transmit, http_date};

/// Runs one thing at a time.
#[derive(Debug)]
pub(super) struct Runner {
    config: Arc<Config>,
    session: Session,
    work: Work,
    exchange: Option<Exchange>,
    finished: Option<Finished>,
    /// What went wrong on the way to a success.
    stumbles: Vec<String>,
    /// How long the request took that looked for the way.
    timeline: Option<Timeline>,
}

#[derive(Debug)]
enum Work {
    Idle,
    Reach(Box<Reaching>),
    Token(Authorize),
    Call(Box<Call<Ask>>),
}

#[derive(Debug)]
struct Reaching {
    peer: Peer,
    uri: Uri,
    sent_at: Now,
    timeout_at: Timestamp,
    is_sent: bool,
    result: Option<Result<Reached, Error>>,
}

/// A host that answered, whatever it said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    pub(super) status: u16,
    /// What it says the time is, and what we thought when we asked.
    pub(super) times: Option<(Duration, Duration)>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Brought {
    Reached(Reached),
    Token(Arc<Bearer>),
    Told(Box<Told>),
}

impl Runner {
    /// `has_worked`: the credentials brought a token before.
    pub(super) fn new(config: Arc<Config>, has_worked: bool) -> Self {
        let session = Session::new(&config, 0);
        Self {
            session: if has_worked { session.having_worked() } else { session },
            config,
            work: Work::Idle,
            exchange: None,
            finished: None,
            stumbles: Vec::new(),
            timeline: None,
        }
    }

    /// A request without credentials: whether the host can be reached.
    pub(super) fn reach(&mut self, now: Now, peer: Peer, uri: Uri) {
        let timeout_at = now.monotonic + self.config.limits().attempt_timeout;
        let reaching = Reaching { peer, uri, sent_at: now, timeout_at, is_sent: false, result: None };
        self.begin(Work::Reach(Box::new(reaching)));
    }

    pub(super) fn token(&mut self, now: Now) {
        let authorize = Authorize::new(now.monotonic + self.config.limits().call_timeout);
        self.begin(Work::Token(authorize));
    }

    pub(super) fn call(&mut self, now: Now, ask: Ask) {
        let call = Call::new(ask, Arc::clone(&self.config), now);
        self.begin(Work::Call(Box::new(call)));
    }

    fn begin(&mut self, work: Work) {
        self.work = work;
        self.stumbles.clear();
        self.timeline = None;
    }

    pub(super) fn stumbles(&self) -> &[String] {
        &self.stumbles
    }

    /// What the transport told of the way.
    pub(super) fn timeline(&self) -> Option<&Timeline> {
        self.timeline.as_ref()
    }

    /// How often the API refused a token of ours.
    pub(super) fn refusals(&self, now: Now) -> u64 {
        self.session.stats(now).refusals
    }

    /// The next step. Nobody but us moves our session, so that waiting is sleeping.
    pub(super) fn poll(&mut self, now: Now) -> Step<Brought> {
        if let Some(finished) = self.finished.take() {
            self.session.handle_exchange(now, finished);
        }
        let step = match &mut self.work {
            Work::Idle => return Step::Done(Err(Error::canceled())),
            Work::Reach(reaching) => return reaching.poll(&self.config),
            Work::Token(authorize) => match authorize.poll(now, &mut self.session) {
                Step::Done(result) => return Step::Done(result.map(Brought::Token)),
                Step::Transmit(transmit) => return Step::Transmit(transmit),
                Step::Await { until, .. } | Step::Sleep { until } => Step::Sleep { until },
            },
            Work::Call(call) => match call.poll(now, &mut self.session) {
                Step::Done(result) => return Step::Done(result.map(|told| Brought::Told(Box::new(told)))),
                Step::Transmit(transmit) => return Step::Transmit(transmit),
                Step::Await { until, .. } | Step::Sleep { until } => Step::Sleep { until },
            },
        };
        match self.session.poll_exchange(now) {
            Some(exchange) => {
                let transmit = exchange.transmit();
                self.exchange = Some(exchange);
                Step::Transmit(Box::new(transmit))
            }
            None => step,
        }
    }

    pub(super) fn handle_outcome(&mut self, outcome: Result<Response, Failure>) {
        self.stumbles.extend(stumble(outcome.as_ref()));
        self.timeline = Timeline::of(outcome.as_ref());
        if let Some(exchange) = self.exchange.take() {
            self.finished = Some(exchange.finish(outcome));
            return;
        }
        match &mut self.work {
            Work::Reach(reaching) => reaching.handle_outcome(&self.config, outcome),
            Work::Call(call) => call.handle_outcome(outcome),
            Work::Token(_) | Work::Idle => {}
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(&self.work, Work::Call(call) if call.is_refused())
    }
}

/// What may pass by itself, in words.
fn stumble(outcome: Result<&Response, &Failure>) -> Option<String> {
    match outcome {
        Ok(response) if matches!(response.status().as_u16(), 429 | 500..) => {
            Some(format!("an attempt was answered {}", response.status()))
        }
        Ok(_) => None,
        Err(Failure { phase, kind, .. }) => Some(format!("an attempt failed: {phase}: {kind}")),
    }
}

impl Reaching {
    fn poll(&mut self, config: &Config) -> Step<Brought> {
        if let Some(result) = self.result.take() {
            return Step::Done(result.map(Brought::Reached));
        }
        if self.is_sent {
            return Step::Sleep { until: self.timeout_at };
        }
        self.is_sent = true;
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.uri.clone();
        request.extensions_mut().insert(Timeline::default());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let max_body = config.limits().max_body;
        Step::Transmit(Box::new(Transmit { request, timeout_at: self.timeout_at, max_body, resend_count: 0 }))
    }

    fn handle_outcome(&mut self, config: &Config, outcome: Result<Response, Failure>) {
        self.result = Some(match outcome {
            Ok(response) => {
                let date = response.headers().get("date").and_then(|date| http_date(date.to_str().ok()?));
                let times = date.map(|date| (date, self.sent_at.wall));
                Ok(Reached { status: response.status().as_u16(), times })
            }
            Err(failure) => {
                let circumstances = config.circumstances(&config.credentials, self.sent_at.wall);
                let answer = Answer::new(self.peer, &Method::GET, &self.uri, circumstances);
                let limits = config.limits();
                let limit = limits.ended(failure.phase, "attempt_timeout", limits.attempt_timeout);
                Err(Error::transport(failure, answer, limit))
            }
        });
    }
}
