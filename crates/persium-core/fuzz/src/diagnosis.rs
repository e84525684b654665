//! What a doctor is told, and what it makes of it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use persium_core::diagnosis::{Doctor, Evidence, Examination};
use persium_core::{Caller, Now, Response, Session, Step, Transmit};

use super::rig::{
    SECRET, TOKEN, at, config, echoing, good_token, head_and_body, look_at, look_at_diagnosis, look_at_line,
    response, warm,
};

/// More requests than the longest walk of a doctor's makes, its retries counted.
const REQUESTS_MAX: usize = 200;

/// The payload of a token, which may repeat the secret: what a doctor says of it, and of the API that refuses it.
pub(crate) fn claims(payload: &[u8]) {
    let payload = URL_SAFE_NO_PAD.encode(echoing(payload, SECRET));
    let token = format!("eyJhbGciOiJub25lIn0.{payload}.c2ln");
    let granted = format!(r#"{{"access_token":"{token}","expires_in":300}}"#);
    examine(&token, |transmit| match *transmit.request.method() {
        Method::POST => response(200, HeaderMap::new(), granted.clone()),
        _ => response(401, HeaderMap::new(), &br#"{"error":"no"}"#[..]),
    });
}

/// A `WWW-Authenticate`, which may repeat the token, beside a 401 and a 403.
pub(crate) fn challenge(bytes: &[u8]) {
    let Ok(value) = HeaderValue::try_from(echoing(bytes, TOKEN)) else { return };
    let session = warm(at(100));
    let bearer = session.bearer().expect("it is warm");
    let uri = Uri::from_static("https://api.test/v1/me");
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
        let headers = [(WWW_AUTHENTICATE, value.clone())].into_iter().collect();
        let refusal = response(status.as_u16(), headers, &b"{}"[..]);
        let evidence = Evidence::of_refusal(&config(), bearer, at(100), &uri, &refusal);
        look_at_diagnosis(&evidence.diagnose(), TOKEN);
    }
}

/// The answers to a doctor, one after the other: a byte for the status, headers and a body each, which may repeat the
/// credentials that were sent. When they are over, all that is asked for is not there.
pub(crate) fn doctor(bytes: &[u8]) {
    // A server that says a credential before it was sent it has guessed it.
    if [TOKEN, SECRET].iter().any(|text| bytes.windows(text.len()).any(|part| part == text.as_bytes())) {
        return;
    }
    let mut answers = bytes.split(|byte| *byte == 0x1e);
    examine(TOKEN, |transmit| {
        let is_grant = transmit.request.method() == Method::POST;
        let sent = match transmit.request.headers().get(AUTHORIZATION) {
            Some(_) => TOKEN,
            None if is_grant => SECRET,
            None => "",
        };
        match answers.next().map(|answer| echoing(answer, sent)).as_deref() {
            // The one that is looked for.
            Some([200, ..]) if is_grant => good_token(),
            Some([byte, rest @ ..]) => {
                let statuses = [301, 400, 401, 403, 404, 429, 503, 200, 204];
                let status = statuses[usize::from(*byte) % (if is_grant { 7 } else { 9 })];
                let (headers, body) = head_and_body(rest);
                response(status, headers, body.to_vec())
            }
            Some([]) | None => response(404, HeaderMap::new(), &b"{}"[..]),
        }
    });
}

/// A doctor's whole walk. Nothing that it says is more than a line, or holds a secret.
fn examine(token: &str, mut answer: impl FnMut(&Transmit) -> Response) {
    let config = config();
    let mut session = Session::new(&config, 7);
    let mut doctor = Doctor::new(Arc::clone(&config), Examination::default());
    let (mut now, mut requests) = (at(100), 0);
    while let Some(mut step) = doctor.next_step(now) {
        loop {
            match step.poll(now, &mut session) {
                Step::Transmit(transmit) => {
                    requests += 1;
                    assert!(requests < REQUESTS_MAX, "it goes on asking");
                    step.handle_outcome(Ok(answer(&transmit)));
                }
                Step::Await { until, .. } | Step::Sleep { until } => {
                    let slept = until.since(now.monotonic);
                    now = Now { monotonic: until, wall: now.wall + slept };
                }
                Step::Done(check) => {
                    let check = check.expect("a check is no error");
                    look_at_line(&check.detail, SECRET);
                    look_at_line(&check.detail, token);
                    break;
                }
            }
        }
    }
    let checkup = doctor.finish();
    look_at_diagnosis(checkup.diagnosis(), SECRET);
    look_at_diagnosis(checkup.diagnosis(), token);
    if let Some(error) = checkup.error() {
        look_at(error, SECRET);
        look_at(error, token);
    }
}
