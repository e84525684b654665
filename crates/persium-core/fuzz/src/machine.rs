//! Callers and a session, driven by bytes: whatever happens in whatever order, on clocks that jump.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::{AUTHORIZATION, RETRY_AFTER};
use persium_core::{
    Authorize, Bearer, Call, Caller, Config, Credentials, Exchange, Failure, FailureKind, Now, Phase,
    Response, Session, Step, Timestamp, api,
};

use super::rig::{SECOND, SECRET, config, good_token, look_at, response};

const API_STATUSES: [u16; 8] = [200, 401, 403, 404, 408, 429, 500, 503];
const TOKEN_STATUSES: [u16; 6] = [200, 400, 401, 404, 429, 503];
const KINDS: [FailureKind; 7] = [
    FailureKind::Refused,
    FailureKind::Interrupted,
    FailureKind::Stale,
    FailureKind::TimedOut,
    FailureKind::TooLarge,
    FailureKind::Invalid,
    FailureKind::Canceled,
];
const PHASES: [Phase; 7] =
    [Phase::Resolve, Phase::Connect, Phase::Proxy, Phase::Tls, Phase::Send, Phase::Wait, Phase::Body];

/// Each byte is something that happens, and the next one or two say to whom and how.
pub(crate) fn call(bytes: &[u8]) {
    let mut world = World::new();
    let mut script = Script(bytes);
    while let Some(event) = script.next() {
        match event % 12 {
            0 => world.start(Flying::call),
            1 => world.start(Flying::authorize),
            2 | 3 => world.poll(script.number()),
            4 => world.answer(script.number(), script.outcome(&API_STATUSES, api_body)),
            5 => world.end_exchange(script.number(), script.outcome(&TOKEN_STATUSES, token_body)),
            6 => world.abandon_exchange(script.number()),
            7 => world.let_pass(Duration::from_millis(u64::from(script.number()).pow(2))),
            8 => world.set_wall(script.number()),
            9 => world.drop_caller(script.number()),
            10 => world.refuse(),
            _ => world.rotate(script.number()),
        }
    }
    world.settle();
}

fn api_body(kind: u8) -> &'static str {
    [r#"{"client_id":"client"}"#, r#"{"error":"no"}"#, "<html>", ""][usize::from(kind % 4)]
}

fn token_body(kind: u8) -> &'static str {
    [
        r#"{"access_token":"t1","expires_in":300}"#,
        r#"{"access_token":"t2","expires_in":8}"#,
        r#"{"access_token":"t3","expires_in":0}"#,
        r#"{"error":"invalid_client"}"#,
    ][usize::from(kind % 4)]
}

/// The bytes that are left. Past their end, every number is 0.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// A response or a failure; `Retry-After` beside some.
    fn outcome(&mut self, statuses: &[u16], body: fn(u8) -> &'static str) -> Result<Response, Failure> {
        let (what, how) = (self.number(), self.number());
        let pick = |length: usize| usize::from(how) % length;
        if what & 0x80 != 0 {
            let phase = PHASES[usize::from(what) % PHASES.len()];
            return Err(Failure::new(phase, KINDS[pick(KINDS.len())], "as the fuzzer says"));
        }
        let mut headers = HeaderMap::new();
        if what & 0x40 != 0 {
            headers.insert(RETRY_AFTER, u32::from(how).into());
        }
        Ok(response(statuses[usize::from(what) % statuses.len()], headers, body(how)))
    }
}

/// One caller, and whether its request is out.
struct Flying {
    caller: Either,
    is_out: bool,
}

enum Either {
    Call(Box<Call<api::Me>>),
    Authorize(Authorize),
}

impl Flying {
    fn call(now: Now, config: &Arc<Config>) -> Self {
        Self { caller: Either::Call(Box::new(Call::new(api::Me, Arc::clone(config), now))), is_out: false }
    }

    fn authorize(now: Now, _: &Arc<Config>) -> Self {
        Self { caller: Either::Authorize(Authorize::new(now.monotonic + SECOND * 30)), is_out: false }
    }

    /// Whether it is done.
    fn poll(&mut self, now: Now, session: &mut Session, published: Option<&Arc<Bearer>>) -> bool {
        match &mut self.caller {
            Either::Call(call) => {
                let step = call.poll_published(now, published).unwrap_or_else(|| call.poll(now, session));
                let deadline = call.deadline();
                self.follow(now, deadline, step)
            }
            Either::Authorize(caller) => {
                let step = caller.poll_published(now, published).unwrap_or_else(|| caller.poll(now, session));
                let deadline = caller.deadline();
                self.follow(now, deadline, step)
            }
        }
    }

    fn follow<T>(&mut self, now: Now, deadline: Timestamp, step: Step<T>) -> bool {
        match step {
            Step::Transmit(transmit) => {
                assert!(!self.is_out, "two requests of one caller");
                let (request, until) = (&transmit.request, transmit.timeout_at);
                assert!(now.monotonic < until && until <= deadline, "{until:?} of {deadline:?}");
                assert_eq!(request.uri(), "https://api.test/v1/me");
                assert!(request.headers()[AUTHORIZATION].is_sensitive());
                self.is_out = true;
                false
            }
            Step::Await { until, .. } | Step::Sleep { until } => {
                assert!(now.monotonic < deadline, "past its deadline a caller is done");
                assert!(until <= deadline, "{until:?} of {deadline:?}");
                false
            }
            Step::Done(result) => {
                result.err().iter().for_each(|error| look_at(error, SECRET));
                true
            }
        }
    }

    fn answer(&mut self, outcome: Result<Response, Failure>) {
        if let Either::Call(call) = &mut self.caller
            && std::mem::take(&mut self.is_out)
        {
            call.handle_outcome(outcome);
        }
    }
}

struct World {
    now: Now,
    config: Arc<Config>,
    session: Session,
    callers: Vec<Flying>,
    /// Token requests that are out, and when their leases end.
    exchanges: Vec<(Exchange, Timestamp)>,
}

impl World {
    fn new() -> Self {
        let now = Now { monotonic: Timestamp::ZERO + SECOND * 100, wall: SECOND * 10_000 };
        let config = config();
        let session = Session::new(&config, 7);
        Self { now, config, session, callers: Vec::new(), exchanges: Vec::new() }
    }

    fn start(&mut self, make: fn(Now, &Arc<Config>) -> Flying) {
        if self.callers.len() < 8 {
            self.callers.push(make(self.now, &self.config));
        }
    }

    fn poll(&mut self, which: u8) {
        let Some(at) = nth(which, self.callers.len()) else { return };
        let published = self.session.bearer().cloned();
        if self.callers[at].poll(self.now, &mut self.session, published.as_ref()) {
            self.callers.swap_remove(at);
        }
        let Some(exchange) = self.session.poll_exchange(self.now) else { return };
        let now = self.now.monotonic;
        assert!(self.exchanges.iter().all(|(_, lease)| *lease <= now), "two token requests are out");
        assert_eq!(exchange.transmit().request.uri(), "https://id.test/token");
        self.exchanges.push((exchange, now + self.config.limits().token_lease));
    }

    fn answer(&mut self, which: u8, outcome: Result<Response, Failure>) {
        if let Some(at) = nth(which, self.callers.len()) {
            self.callers[at].answer(outcome);
        }
    }

    fn end_exchange(&mut self, which: u8, outcome: Result<Response, Failure>) {
        if let Some(at) = nth(which, self.exchanges.len()) {
            let (exchange, _) = self.exchanges.swap_remove(at);
            self.session.handle_exchange(self.now, exchange.finish(outcome));
        }
    }

    fn abandon_exchange(&mut self, which: u8) {
        if let Some(at) = nth(which, self.exchanges.len()) {
            let (exchange, _) = self.exchanges.swap_remove(at);
            self.session.abandon_exchange(self.now, exchange);
        }
    }

    fn let_pass(&mut self, time: Duration) {
        self.now = Now { monotonic: self.now.monotonic + time, wall: self.now.wall.saturating_add(time) };
    }

    fn set_wall(&mut self, minute: u8) {
        self.now.wall = SECOND * 60 * u32::from(minute);
    }

    fn drop_caller(&mut self, which: u8) {
        if let Some(at) = nth(which, self.callers.len()) {
            self.callers.swap_remove(at);
        }
    }

    fn refuse(&mut self) {
        if let Some(bearer) = self.session.bearer().cloned() {
            self.session.refuse(self.now, &bearer);
        }
    }

    fn rotate(&mut self, to: u8) {
        let credentials = Credentials::new("client", format!("secret-{to}"));
        self.session.set_credentials(self.now, credentials.expect("these can be no wrong values"));
    }

    /// All that is out is lost, and the servers then behave: everybody has an answer within two deadlines.
    fn settle(&mut self) {
        self.exchanges.clear();
        for caller in &mut self.callers {
            caller.answer(Err(Failure::new(Phase::Wait, FailureKind::Interrupted, "lost")));
        }
        for _ in 0..120 {
            for which in (0..8).rev() {
                self.poll(which);
            }
            self.end_exchange(0, Ok(good_token()));
            let answer = || Ok(response(200, HeaderMap::new(), api_body(0)));
            self.callers.iter_mut().for_each(|caller| caller.answer(answer()));
            self.let_pass(SECOND);
        }
        assert!(self.callers.is_empty(), "{} callers have no answer", self.callers.len());
    }
}

fn nth(which: u8, length: usize) -> Option<usize> {
    usize::from(which).checked_rem(length)
}
