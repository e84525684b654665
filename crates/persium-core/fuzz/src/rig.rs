//! What the targets share: a client at a fixed time, and what must hold of every error.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use persium_core::diagnosis::Diagnosis;
use persium_core::{
    Authorize, Call, Caller, Config, Error, Exchange, Now, Operation, Response, Session, Step, Timestamp,
};

pub(crate) const SECRET: &str = "s3cret+of/the=fuzzer";
pub(crate) const TOKEN: &str = "token-of-the-fuzzer";
pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn at(seconds: u32) -> Now {
    let since = SECOND * seconds;
    Now { monotonic: Timestamp::from_elapsed(since), wall: since }
}

pub(crate) fn config() -> Arc<Config> {
    let config = Config::builder()
        .token_url("https://id.test/token")
        .api_base_url("https://api.test/v1")
        .client_id("client")
        .client_secret(SECRET)
        .build();
    Arc::new(config.expect("these can be no wrong values"))
}

pub(crate) fn response(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = http::StatusCode::from_u16(status).expect("three digits");
    *response.headers_mut() = headers;
    response
}

pub(crate) fn good_token() -> Response {
    let body = format!(r#"{{"access_token":"{TOKEN}","expires_in":300,"token_type":"Bearer"}}"#);
    response(200, HeaderMap::new(), body)
}

/// A session whose first token is being asked for.
pub(crate) fn asking(now: Now) -> (Session, Exchange) {
    let mut session = Session::new(&config(), 7);
    let _ = Authorize::new(now.monotonic + SECOND * 60).poll(now, &mut session);
    let exchange = session.poll_exchange(now).expect("nobody has asked yet");
    (session, exchange)
}

/// A session with a token.
pub(crate) fn warm(now: Now) -> Session {
    let (mut session, exchange) = asking(now);
    session.handle_exchange(now, exchange.finish(Ok(good_token())));
    session
}

/// A call whose first attempt is answered with `response`, polled once more.
pub(crate) fn answered<O: Operation>(operation: O, response: Response) -> Step<O::Output> {
    let mut session = warm(at(100));
    let mut call = Call::new(operation, config(), at(100));
    let Step::Transmit(transmit) = call.poll(at(100), &mut session) else {
        panic!("there is a token");
    };
    drop(transmit);
    call.handle_outcome(Ok(response));
    let step = call.poll(at(101), &mut session);
    if let Step::Await { until, .. } | Step::Sleep { until } = step {
        assert!(until <= call.deadline(), "a wait beyond the deadline");
    }
    step
}

/// What must hold of an error whatever a server said: one line that a terminal can show, and nothing of the secret that
/// this server was sent.
pub(crate) fn look_at(error: &Error, sent: &str) {
    look_at_line(&error.to_string(), sent);
    let kept = String::from_utf8_lossy(error.body().map_or(&[], |body| body));
    let shown = format!("{error:?} {kept}");
    assert!(!shown.contains(sent), "{shown}");
    assert!(!error.hint().is_empty());
    look_at_diagnosis(&error.diagnosis(), sent);
}

/// The same of everything that a diagnosis rests on.
pub(crate) fn look_at_diagnosis(diagnosis: &Diagnosis, sent: &str) {
    for finding in diagnosis.findings() {
        finding.evidence().iter().for_each(|evidence| look_at_line(evidence, sent));
    }
}

/// The same of one line.
pub(crate) fn look_at_line(line: &str, sent: &str) {
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(line.len() < 4096, "{} bytes", line.len());
    assert!(!line.contains(sent), "{line}");
}

/// Where a byte of 1 stands, put `word`: so that the fuzzer can have a server echo what it was sent.
pub(crate) fn echoing(bytes: &[u8], word: &str) -> Vec<u8> {
    let parts: Vec<_> = bytes.split(|byte| *byte == 1).collect();
    parts.join(word.as_bytes())
}

/// `Name: value` lines up to an empty one, and what follows. What can be no header is left out.
pub(crate) fn head_and_body(bytes: &[u8]) -> (HeaderMap, &[u8]) {
    let mut headers = HeaderMap::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name.try_into(), value.try_into()) {
            headers.append::<http::HeaderName>(name, value);
        }
    }
    (headers, rest)
}
