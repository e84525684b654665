//! What the token endpoint may say.

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use persium_core::{Authorize, Caller, Error, Step, api};
use serde_json::Value;

use super::rig::{SECOND, SECRET, TOKEN, answered, asking, at, echoing, look_at, response};

/// A good status, and that body: a token as the body has it, or an error that does not repeat it.
pub(crate) fn token_response(body: &[u8]) {
    let (mut session, exchange) = asking(at(100));
    let outcome = exchange.finish(Ok(response(200, HeaderMap::new(), body.to_vec())));
    session.handle_exchange(at(100), outcome);
    // Bytes that are no text are let pass in fields that nobody reads.
    let said: Option<Value> = serde_json::from_str(&String::from_utf8_lossy(body)).ok();
    let token = said.as_ref().and_then(|said| said.get("access_token")).and_then(Value::as_str);
    match Authorize::new(at(160).monotonic).poll(at(100), &mut session) {
        Step::Done(Ok(bearer)) => {
            let header = bearer.header();
            assert!(header.is_sensitive());
            let sent = header.to_str().expect("visible ASCII").strip_prefix("Bearer ").expect("the scheme");
            assert_eq!(Some(sent), token, "not the token that came");
            assert!(!format!("{bearer:?} {session:?}").contains(sent) || sent.len() < 8);
            assert!(session.poll_exchange(at(100)).is_none(), "a token that just came is used");
        }
        Step::Done(Err(error)) => {
            look_at(&error, SECRET);
            if let Some(token) = token.filter(|token| is_telling(token)) {
                assert!(!format!("{error} {error:?}").contains(token), "{error:?} repeats {token}");
            }
        }
        step => panic!("a flight that ended answers whoever asks: {step:?}"),
    }
}

/// Long and odd enough that it can stand in an error only because it was copied there.
fn is_telling(token: &str) -> bool {
    token.len() >= 8 && token.bytes().any(|byte| byte.is_ascii_digit())
}

/// Two bytes for the status, then the body: an error of the token endpoint's, and one of the API's, that repeat what
/// they were sent wherever the body has a byte of 1.
pub(crate) fn error_answer(bytes: &[u8]) {
    let [first, second, body @ ..] = bytes else { return };
    let status = 300 + u16::from_be_bytes([*first, *second]) % 300;

    let (mut session, exchange) = asking(at(100));
    let refusal = response(status, HeaderMap::new(), echoing(body, SECRET));
    session.handle_exchange(at(100), exchange.finish(Ok(refusal)));
    if let Step::Done(result) = Authorize::new(at(160).monotonic).poll(at(100), &mut session) {
        look_at(&result.expect_err("no token came"), SECRET);
    }

    let refusal = response(status, HeaderMap::new(), echoing(body, TOKEN));
    if let Step::Done(result) = answered(api::Me, refusal) {
        look_at(&result.expect_err("no answer came"), TOKEN);
    }
}

/// A line of `Retry-After`, and one of `Date`.
pub(crate) fn retry_after(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    for name in [RETRY_AFTER, DATE] {
        if let Some(Ok(value)) = lines.next().map(TryInto::try_into) {
            headers.insert(name, value);
        }
    }
    let busy = || response(503, headers.clone(), &b"{}"[..]);
    let check = |error: &Error| {
        look_at(error, TOKEN);
        assert!(error.retry_after().is_none() || headers.contains_key(RETRY_AFTER));
    };

    match answered(api::Me, busy()) {
        // Its cap, and the jitter that keeps clients apart: a quarter of a second.
        Step::Sleep { until } => assert!(until.since(at(101).monotonic) <= SECOND * 60 + SECOND / 4),
        Step::Done(result) => check(&result.expect_err("no answer came")),
        step => panic!("a busy API is asked again, or reported: {step:?}"),
    }

    let (mut session, exchange) = asking(at(100));
    session.handle_exchange(at(100), exchange.finish(Ok(busy())));
    let mut caller = Authorize::new(at(160).monotonic);
    match caller.poll(at(100), &mut session) {
        Step::Await { until, .. } => assert!(until <= at(160).monotonic),
        Step::Done(result) => check(&result.expect_err("no token came")),
        step => panic!("it waits for the next attempt: {step:?}"),
    }
    assert!(matches!(caller.poll(at(160), &mut session), Step::Done(Err(_))), "its time is up");
}
