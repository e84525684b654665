//! The machine, step by step. Every interleaving of a few callers is the model's to explore.

mod failure;
mod flight;
mod freshness;
mod refusal;
mod request;

use bytes::Bytes;

use super::*;
use crate::config::Authentication;
use crate::secret::Secret;
use crate::wire::{Failure, Response};

const SECOND: Duration = Duration::from_secs(1);
const SECRET: &str = "p@ss w/ord+plus%25and=eq&amp";

/// The defaults, and credentials that need every kind of encoding.
pub(crate) fn config() -> Config {
    Config {
        token_url: "https://id.test/realms/m2m/protocol/openid-connect/token".parse().unwrap(),
        api_base_url: "https://api.test/api/m2m/v1".parse().unwrap(),
        credentials: credentials(SECRET),
        scope: None,
        authentication: Authentication::Form,
        limits: Limits::default(),
    }
}

pub(super) fn credentials(secret: &str) -> Credentials {
    Credentials { client_id: "station reader".to_owned(), client_secret: Secret::new(secret) }
}

pub(crate) fn response(status: u16, body: impl Into<Bytes>) -> Response {
    http::Response::builder().status(status).body(body.into()).unwrap()
}

pub(crate) fn grant(token: &str, lifetime: u64) -> Response {
    response(200, format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{lifetime}}}"#))
}

/// As Keycloak answers a wrong secret.
fn denial() -> Response {
    response(401, r#"{"error":"unauthorized_client","error_description":"Invalid client credentials"}"#)
}

fn busy(retry_after: Option<&str>) -> Response {
    let mut response = response(503, "");
    if let Some(value) = retry_after {
        response.headers_mut().insert(http::header::RETRY_AFTER, value.parse().unwrap());
    }
    response
}

/// A machine, its clocks, and the tokens it was given so far.
struct Desk {
    machine: TokenMachine,
    now: Now,
    issued: u32,
}

impl Desk {
    fn new() -> Self {
        Self::with(config())
    }

    fn with(config: Config) -> Self {
        Self::seeded(config, 7)
    }

    fn seeded(config: Config, seed: u64) -> Self {
        let now = Now { monotonic: Timestamp::from_elapsed(SECOND * 1000), wall: SECOND * 1_800_000_000 };
        Self { machine: TokenMachine::new(Arc::new(config), Jitter::new(seed)), now, issued: 0 }
    }

    /// Time passes on both clocks.
    fn pass(&mut self, duration: Duration) {
        self.now.monotonic = self.now.monotonic + duration;
        self.now.wall += duration;
    }

    fn pass_until(&mut self, at: Timestamp) {
        self.pass(at.since(self.now.monotonic));
    }

    /// Asks as an adapter does: the published bearer first, then the machine.
    fn ask(&mut self, seat: &mut Seat) -> Acquire {
        match seat.serve(self.now, self.machine.bearer()).cloned() {
            Some(bearer) => Acquire::Ready(bearer),
            None => self.machine.acquire(self.now, seat),
        }
    }

    /// Asks on behalf of a caller that has just come.
    fn ask_anew(&mut self) -> Acquire {
        self.ask(&mut Seat::default())
    }

    fn exchange(&mut self) -> Option<Exchange> {
        self.machine.poll_exchange(self.now)
    }

    /// Has a caller that wants a token, and sends what that takes.
    fn send(&mut self, seat: &mut Seat) -> Exchange {
        let _ = waits(self.ask(seat));
        self.exchange().expect("nothing stands against an exchange")
    }

    fn finish(&mut self, exchange: Exchange, outcome: Result<Response, Failure>) {
        self.machine.handle_exchange(self.now, exchange.finish(outcome));
    }

    /// Answers with a new token: `t1`, `t2` and so on.
    fn grant(&mut self, exchange: Exchange, lifetime: u64) {
        self.issued += 1;
        self.finish(exchange, Ok(grant(&format!("t{}", self.issued), lifetime)));
    }

    /// Gets a token the long way.
    fn fetch(&mut self, lifetime: u64) -> Arc<Bearer> {
        let mut seat = Seat::default();
        let exchange = self.send(&mut seat);
        self.grant(exchange, lifetime);
        gets(self.ask(&mut seat))
    }

    /// Ends a flight with a refusal of the credentials.
    fn fail(&mut self) -> Error {
        let mut seat = Seat::default();
        let exchange = self.send(&mut seat);
        self.finish(exchange, Ok(denial()));
        fails(self.ask(&mut seat))
    }

    fn refuse(&mut self, seat: &mut Seat, bearer: &Bearer) -> Refusal {
        seat.refuse(bearer.generation());
        self.machine.refuse(self.now, bearer.generation())
    }
}

#[track_caller]
fn gets(answer: Acquire) -> Arc<Bearer> {
    match answer {
        Acquire::Ready(bearer) => bearer,
        other => panic!("expected a token, got {other:?}"),
    }
}

/// Until when.
#[track_caller]
fn waits(answer: Acquire) -> Timestamp {
    match answer {
        Acquire::Wait { until, .. } => until,
        other => panic!("expected to wait, got {other:?}"),
    }
}

#[track_caller]
fn fails(answer: Acquire) -> Error {
    match answer {
        Acquire::Failed(error) => error,
        other => panic!("expected an error, got {other:?}"),
    }
}
