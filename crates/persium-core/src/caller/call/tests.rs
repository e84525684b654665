//! A call, step by step: no sockets, no waiting.

mod budget;
mod deadline;
mod endless;
mod origin;
mod refusal;
mod retry;
mod script;

use std::time::Duration;

use super::*;
use crate::config::Limits;
use crate::token::Exchange;
use crate::wire::Phase;

const SECOND: Duration = Duration::from_secs(1);
/// How long a backoff may be at most, with its jitter, in units of itself.
const JITTER: f64 = 1.25;

fn config() -> Config {
    Config::builder()
        .token_url("https://id.test/realms/m2m/protocol/openid-connect/token")
        .api_base_url("https://api.test/api/m2m/v1")
        .client_id("station-reader")
        .client_secret("s3cret")
        .build()
        .unwrap()
}

fn response(status: u16, body: &str) -> Response {
    http::Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
}

fn with_retry_after(status: u16, retry_after: &str) -> Response {
    let mut response = response(status, "");
    response.headers_mut().insert(http::header::RETRY_AFTER, retry_after.parse().unwrap());
    response
}

fn fault(phase: Phase, kind: FailureKind) -> Failure {
    Failure::new(phase, kind, "as the transport put it")
}

/// Asks for a path, and wants the body to be `ok`.
#[derive(Debug)]
struct Get(&'static str);

impl Operation for Get {
    type Output = ();

    fn request(&self) -> Request<Bytes> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = Uri::from_static(self.0);
        request
    }

    fn decode(&self, response: &Response) -> Result<(), Error> {
        match std::str::from_utf8(response.body()) {
            Ok("ok") => Ok(()),
            other => Err(Error::decode(format!("expected ok, got {other:?}"))),
        }
    }
}

/// A call and what it is driven with: clocks, a session, and a token endpoint that grants what it is asked.
struct Run<O: Operation = Get> {
    now: Now,
    session: Session,
    call: Call<O>,
    /// Tokens granted: `token-1`, `token-2` and so on.
    granted: u32,
    /// Requests sent to the API.
    sent: u32,
    /// Exchanges are kept here instead of being answered.
    kept: Option<Vec<Exchange>>,
}

impl Run {
    fn new() -> Self {
        Self::of(Get("/me"), config())
    }

    /// By `deadline` from now.
    fn by(deadline: Duration) -> Self {
        let mut run = Self::new();
        run.call = run.call.with_deadline(run.now.monotonic + deadline);
        run
    }
}

impl<O: Operation> Run<O> {
    fn of(operation: O, config: Config) -> Self {
        let now = Now { monotonic: Timestamp::from_elapsed(SECOND * 1000), wall: SECOND * 784_111_777 };
        let config = Arc::new(config);
        Self {
            now,
            session: Session::new(&config, 7),
            call: Call::new(operation, config, now),
            granted: 0,
            sent: 0,
            kept: None,
        }
    }

    fn pass(&mut self, duration: Duration) {
        self.now.monotonic = self.now.monotonic + duration;
        self.now.wall += duration;
    }

    /// Polls once, as an adapter does.
    fn poll(&mut self) -> Step<O::Output> {
        let published = self.session.bearer().cloned();
        if let Some(step) = self.call.poll_published(self.now, published.as_ref()) {
            return step;
        }
        let step = self.call.poll(self.now, &mut self.session);
        if let Some(exchange) = self.session.poll_exchange(self.now) {
            match &mut self.kept {
                Some(kept) => kept.push(exchange),
                None => self.grant(exchange),
            }
        }
        step
    }

    fn grant(&mut self, exchange: Exchange) {
        self.granted += 1;
        let body = format!(r#"{{"access_token":"token-{}","expires_in":300}}"#, self.granted);
        self.session.handle_exchange(self.now, exchange.finish(Ok(response(200, &body))));
    }

    /// Polls until there is something to do but to poll again.
    fn step(&mut self) -> Step<O::Output> {
        loop {
            match self.poll() {
                Step::Await { seen, .. } if seen != self.session.version() => {}
                Step::Await { until, .. } if until <= self.now.monotonic => {}
                step => return step,
            }
        }
    }

    /// Expects a request.
    #[track_caller]
    fn transmit(&mut self) -> Transmit {
        match self.step() {
            Step::Transmit(transmit) => {
                self.sent += 1;
                *transmit
            }
            Step::Await { .. } => panic!("it waits for a token"),
            Step::Sleep { until } => panic!("it sleeps for {:?}", until.since(self.now.monotonic)),
            Step::Done(result) => panic!("it is done: {:?}", result.map(|_| "well")),
        }
    }

    /// Expects a pause, sits it out, and says how long it was.
    #[track_caller]
    fn pause(&mut self) -> Duration {
        let Step::Sleep { until } = self.step() else { panic!("it does not sleep") };
        let pause = until.since(self.now.monotonic);
        self.pass(pause);
        pause
    }

    /// Expects the end.
    #[track_caller]
    fn done(&mut self) -> Result<O::Output, Error> {
        match self.step() {
            Step::Done(result) => result,
            Step::Transmit(_) => panic!("it sends another request"),
            Step::Await { .. } => panic!("it waits for a token"),
            Step::Sleep { until } => panic!("it sleeps for {:?}", until.since(self.now.monotonic)),
        }
    }

    #[track_caller]
    fn error(&mut self) -> Error {
        match self.done() {
            Err(error) => error,
            Ok(_) => panic!("it went well"),
        }
    }

    /// Expects a request, and answers it.
    #[track_caller]
    fn answer(&mut self, response: Response) {
        self.transmit();
        self.call.handle_outcome(Ok(response));
    }

    /// Expects a request, and lets it fail.
    #[track_caller]
    fn fail(&mut self, phase: Phase, kind: FailureKind) {
        self.transmit();
        self.call.handle_outcome(Err(fault(phase, kind)));
    }
}

#[track_caller]
fn assert_backoff(pause: Duration, base: Duration) {
    assert!(base <= pause && pause < base.mul_f64(JITTER), "{pause:?}");
}

#[test]
fn a_call_that_goes_well_is_one_request_with_the_token() {
    let mut run = Run::new();
    let transmit = run.transmit();
    let request = &transmit.request;
    assert_eq!(request.uri(), "https://api.test/api/m2m/v1/me");
    assert_eq!(request.headers()[AUTHORIZATION], "Bearer token-1");
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
    assert_eq!(request.headers()[ACCEPT], "application/json");
    assert_eq!(transmit.timeout_at.since(run.now.monotonic), SECOND * 20);
    assert_eq!(transmit.max_body, 16 * 1024 * 1024);
    run.call.handle_outcome(Ok(response(200, "ok")));
    run.done().unwrap();
    assert_eq!((run.sent, run.granted), (1, 1));
}

#[test]
fn an_answer_that_cannot_be_read_is_an_error_that_carries_it() {
    let mut run = Run::new();
    let mut answer = response(200, "<html>sign in</html>");
    answer.headers_mut().insert("x-request-id", "r-17".parse().unwrap());
    run.answer(answer);
    let error = run.error();
    assert!(error.is_decode(), "{error}");
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(error.body().unwrap(), "<html>sign in</html>");
    assert_eq!(error.request_id(), Some("r-17"));
    assert_eq!(error.endpoint(), Some("GET https://api.test/api/m2m/v1/me"));
    assert_eq!(run.sent, 1, "the same would come again");
}

#[test]
fn a_server_that_echoes_the_token_is_redacted() {
    for (status, body) in [
        (500, "<html>no token-1 here</html>"),
        (403, r#"{"error":"token-1 is not allowed"}"#),
        (403, r#"{"error":"token\u002d1 is not allowed"}"#),
        (401, "Bearer token-1"),
        (404, "token-1"),
        (200, "token-1"),
    ] {
        let mut run = Run::by(SECOND / 2);
        let mut answer = response(status, body);
        answer.headers_mut().insert("x-request-id", "for-token-1".parse().unwrap());
        run.answer(answer);
        if status == 401 {
            run.answer(response(401, "Bearer token-1, or token-2"));
        }
        let error = run.error();
        let kept = String::from_utf8_lossy(error.body().unwrap());
        assert!(kept.contains("[redacted]"), "{kept}");
        let shown = format!("{error} {error:?} {kept} {:?} {:?}", error.message(), error.request_id());
        let used = format!("token-{}", run.granted);
        assert!(!shown.contains(&used), "{shown}");
    }
}

#[test]
fn the_error_of_the_token_endpoint_is_the_calls_error() {
    let mut run = Run::new();
    run.kept = Some(Vec::new());
    let Step::Await { .. } = run.poll() else { panic!("there is no token") };
    let exchange = run.kept.as_mut().unwrap().pop().unwrap();
    let denied = response(401, r#"{"error":"invalid_client"}"#);
    run.session.handle_exchange(run.now, exchange.finish(Ok(denied)));
    let error = run.error();
    assert!(error.is_credentials(), "{error}");
    assert_eq!(run.sent, 0);
}

#[test]
fn what_debugs_a_call_sees_no_token() {
    let mut run = Run::new();
    let transmit = run.transmit();
    let mut shown = format!("{transmit:?} {:?}", run.call);
    run.call.handle_outcome(Ok(response(503, "token-1")));
    shown += &format!("{:?}", run.call);
    assert!(!shown.contains("token-1") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn polled_while_its_request_is_out_it_sends_no_other() {
    let mut run = Run::new();
    let transmit = run.transmit();
    for _ in 0..3 {
        run.pass(SECOND);
        let Step::Sleep { until } = run.poll() else { panic!("the answer is still owed") };
        assert_eq!(until, transmit.timeout_at);
    }
    run.call.handle_outcome(Ok(response(200, "ok")));
    run.done().unwrap();
}

#[test]
fn an_outcome_that_nobody_asked_for_changes_nothing() {
    let mut run = Run::new();
    run.call.handle_outcome(Ok(response(200, "ok")));
    run.answer(response(503, ""));
    run.call.handle_outcome(Ok(response(200, "ok")));
    assert_backoff(run.pause(), SECOND);
    run.answer(response(200, "ok"));
    run.done().unwrap();
}

#[test]
#[should_panic(expected = "a call that is over is not polled again")]
fn a_call_that_is_over_is_over() {
    let mut run = Run::new();
    run.answer(response(403, ""));
    run.error();
    let _ = run.poll();
}
