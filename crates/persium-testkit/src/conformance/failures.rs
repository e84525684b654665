//! What goes wrong, and what is said of it.

use std::error::Error as _;
use std::thread;
use std::time::Duration;

use crate::{Fault, RetryAfter, Route, VirtualClock};
use http::StatusCode;
use persium_core::{Clock, Config, Error, Phase, api};

use super::tokens::fail_next;
use super::{Driver, Setup, at_once, client, client_in_virtual_time, config_with, until_done};

const SECOND: Duration = Duration::from_secs(1);

/// A wrong secret costs one request; within the pause everybody gets its error.
pub fn a_wrong_secret_is_told_once_and_not_asked_again<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let config = config_with(&kit, |name| (name == "CLIENT_SECRET").then_some("not-the-secret"));
    let client = D::connect(config, Setup::of(&kit).with_clock(&clock)).expect("a client");
    let errors = at_once(&client, 16, |client| client.call(api::Me).map(drop).expect_err("it is wrong"));
    for error in &errors {
        assert!(error.is_credentials() && !error.is_unavailable(), "{error}");
        assert_eq!(error.code(), Some("unauthorized_client"));
        assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    }
    assert_eq!((kit.token_requests(), kit.api_requests()), (1, 0));
}

/// 503 twice, then an answer: three requests, a pause before each repetition.
pub fn a_busy_server_is_asked_again_after_its_pause<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    fail_next(&kit, Route::Me, 503, 2);
    let call = thread::spawn(move || client.call(api::Me).map(drop));
    for (requests, pause) in [(1, 1), (2, 2)] {
        clock.until_waiting_or(clock.now().monotonic + SECOND * pause * 5 / 4, || 1);
        assert_eq!(kit.requests(Route::Me), requests);
        clock.advance(SECOND * pause * 5 / 4);
    }
    call.join().expect("no panic").expect("the third attempt");
    assert_eq!(kit.requests(Route::Me), 3);
}

/// The server's pause is longer than ours would be.
pub fn retry_after_is_kept_to<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    let busy = Fault::status(StatusCode::TOO_MANY_REQUESTS).with_retry_after(RetryAfter::Seconds(30));
    client.bearer().expect("a token, so that nobody waits for one");
    kit.plan(Route::Me, &busy, 1);
    let call = thread::spawn(move || client.call(api::Me).map(drop));
    clock.until_waiting_or(clock.now().monotonic + SECOND * 31, || 1);
    clock.advance(SECOND * 29);
    clock.until_waiting_or(clock.now().monotonic + SECOND * 2, || 1);
    assert_eq!(kit.requests(Route::Me), 1, "not before the server's time");
    clock.advance(SECOND * 2);
    call.join().expect("no panic").expect("the second attempt");
}

/// Every class of status has its predicate; what is wrong for good is asked once.
pub fn each_status_is_told_apart_and_only_5xx_and_429_are_asked_again<D: Driver>() {
    type Class = fn(&Error) -> bool;
    let table: [(u16, Class, usize); 6] = [
        (400, Error::is_bad_request, 1),
        (403, Error::is_forbidden, 1),
        (404, Error::is_not_found, 1),
        (422, Error::is_bad_request, 1),
        (429, Error::is_throttled, 4),
        (500, Error::is_unavailable, 4),
    ];
    for (status, class, requests) in table {
        let clock = VirtualClock::new();
        let kit = D::kit().clock(&clock).start();
        let client = client_in_virtual_time::<D>(&kit, &clock);
        fail_next(&kit, Route::Me, status, requests);
        let call = thread::spawn(move || client.call(api::Me).map(drop));
        let error = until_done(&clock, call).expect_err("it failed");
        assert!(class(&error), "{status}: {error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(kit.requests(Route::Me), requests as u64, "{status}");
        assert!(!error.hint().is_empty());
    }
}

/// A port that nobody listens on: a kit's own, so that nobody else is given it meanwhile.
pub fn nobody_listening_is_told_by_its_phase<D: Driver>() {
    let kit = D::kit().start();
    kit.stop();
    let error = failed::<D>(kit.token_url(), None);
    assert_eq!(error.phase(), Some(Phase::Connect), "{error}");
    assert!(error.is_unavailable() && error.source().is_some());
}

/// A name that is reserved for not resolving (RFC 6761 section 6.4).
pub fn a_name_that_does_not_resolve_is_told_by_its_phase<D: Driver>() {
    let error = failed::<D>("https://nowhere.invalid/token", None);
    assert_eq!(error.phase(), Some(Phase::Resolve), "{error}");
}

/// Errors of every class, printed in every way.
pub fn nothing_an_error_prints_holds_the_token_or_the_secret<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    let bearer = client.bearer().expect("a token");
    let token = bearer.header().to_str().expect("a token is ASCII").trim_start_matches("Bearer ").to_owned();
    kit.refuse_all();
    let refused = client.call(api::Me).map(drop).expect_err("it is refused");
    let config = config_with(&kit, |name| (name == "CLIENT_SECRET").then_some("a-secret-that-is-wrong"));
    let denied =
        D::connect(config, Setup::of(&kit)).and_then(|client| client.bearer()).expect_err("it is wrong");
    for error in [refused, denied] {
        let printed = format!("{error} {error:?} {error:#?} {:?} {bearer:?}", error.body());
        for secret in [token.as_str(), kit.client_secret(), "a-secret-that-is-wrong"] {
            assert!(!printed.contains(secret), "a secret is printed by {}", error.hint());
        }
    }
}

/// The error of a client whose token endpoint is at `url`, time moving as fast as it waits.
pub(super) fn failed<D: Driver>(url: &str, ca_pem: Option<&str>) -> Error {
    let clock = VirtualClock::new();
    let config = Config::builder()
        .token_url(url)
        .api_base_url("https://api.invalid/api/m2m/v1")
        .client_id("client")
        .client_secret("s3cret")
        .allow_loopback_http()
        .build()
        .expect("the values can be used");
    let setup = Setup { ca_pem: ca_pem.map(str::to_owned), ..Setup::default() }.with_clock(&clock);
    let client = D::connect(config, setup).expect("a client");
    until_done(&clock, thread::spawn(move || client.bearer().expect_err("there is no token there")))
}
