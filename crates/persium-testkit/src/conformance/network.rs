//! What lies between a client and its servers.

use std::thread;
use std::time::Duration;

use http::StatusCode;

use crate::{Fault, FaultBody, Invariant, Route, VirtualClock};
use persium_core::{Clock, Limits, Phase, api};

use super::driver::long_enough;
use super::proxy::Proxy;
use super::{Driver, Setup, client, client_in_virtual_time, config, config_by, until_done};

/// The main job's first half through a tunnel, with and without TLS.
pub fn a_proxy_with_credentials_tunnels_both_plain_and_tls<D: Driver>() {
    for kit in [D::kit().start(), D::kit().tls().start()] {
        let proxy = Proxy::start();
        let setup = Setup { proxy: Some(proxy.url()), ..Setup::of(&kit) };
        let client = D::connect(config(&kit), setup).expect("a client");
        assert_eq!(client.call(api::Me).expect("an answer").client_id, kit.client_id());
        assert!(proxy.tunnels() > 0, "it went through the proxy");
    }
}

/// 407 is for good, and the password is not told.
pub fn a_proxy_that_asks_for_credentials_is_told_by_its_phase_and_not_tried_again<D: Driver>() {
    let kit = D::kit().tls().start();
    let proxy = Proxy::start();
    let url = proxy.url().replace("pass", "hush-hush");
    let setup = Setup { proxy: Some(url), ..Setup::of(&kit) };
    let error = D::connect(config(&kit), setup).expect("a client").bearer().expect_err("the proxy refuses");
    assert_eq!(error.phase(), Some(Phase::Proxy), "{error:?}");
    assert!(!format!("{error:?}").contains("hush"), "the password is printed");
    assert_eq!((proxy.tunnels(), kit.token_requests()), (0, 0));
}

/// By each of its names, the answer is what it was.
pub fn a_compressed_answer_is_read_by_whatever_name<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    for name in ["gzip", "GZIP", "x-gzip", "X-Gzip"] {
        kit.plan(Route::Me, &Fault::gzip(name), 1);
        let me = client.call(api::Me).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(me.client_id, kit.client_id());
    }
    kit.plan(Route::Token, &Fault::gzip("x-gzip"), 1);
    kit.revoke_all();
    client.call(api::Me).expect("a token in gzip");
}

/// A middleware says gzip of a body that is not there: what counts is the status, and a 401 gets a fresh token.
pub fn an_empty_body_that_is_said_to_be_compressed_is_an_empty_body<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    let empty = |status| Fault::status(status).with_body(FaultBody::EmptyGzip);
    kit.plan(Route::Me, &empty(StatusCode::UNAUTHORIZED), 1);
    client.call(api::Me).expect("after a fresh token");
    assert_eq!(kit.token_requests(), 2);

    kit.plan(Route::Me, &empty(StatusCode::FORBIDDEN), 1);
    let error = client.call(api::Me).map(drop).expect_err("it is refused");
    assert_eq!(error.status(), Some(StatusCode::FORBIDDEN), "{error}");
    kit.plan(Route::Me, &empty(StatusCode::NO_CONTENT), 1);
    let error = client.call(api::Me).map(drop).expect_err("there is nothing to be read");
    assert_eq!(error.phase(), None, "{error}");
}

/// Twenty million bytes in twenty thousand.
pub fn a_bomb_is_stopped_at_the_bound<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    kit.plan(Route::Me, &Fault::gzip_bomb(20_000_000), 1);
    let error = client.call(api::Me).map(drop).expect_err("it is too large");
    assert_eq!(error.phase(), Some(Phase::Body), "{error}");
    assert!(error.to_string().contains("size limit"), "{error}");
    assert_eq!(kit.requests(Route::Me), 1, "it would be as large again");
}

/// A body that breaks off, or makes no sense, was broken on the way.
pub fn a_body_cut_short_is_asked_for_again<D: Driver>() {
    for fault in [Fault::close_in_body(10), Fault::reset_in_body(10), Fault::bad_chunk(), Fault::cut_chunks()]
    {
        let clock = VirtualClock::new();
        let kit = D::kit().clock(&clock).start();
        let client = client_in_virtual_time::<D>(&kit, &clock);
        client.bearer().expect("a token");
        kit.plan(Route::Me, &fault, 1);
        let call = thread::spawn(move || client.call(api::Me).map(drop));
        until_done(&clock, call).expect("the second attempt");
        assert_eq!(kit.requests(Route::Me), 2, "{fault:?}");
    }
}

/// A server that accepts and says nothing, and one that stops in the middle: the attempt ends, and says where.
pub fn a_stalled_answer_is_told_by_its_phase<D: Driver>() {
    let minute = Duration::from_secs(60);
    for (fault, phase) in [(Fault::delay(minute), Phase::Wait), (Fault::drip(1, minute), Phase::Body)] {
        let kit = D::kit().start();
        let mut limits = Limits::default();
        limits.attempt_timeout = long_enough::<D>();
        limits.call_attempts = 1;
        let client = D::connect(config_by(&kit, limits), Setup::of(&kit)).expect("a client");
        kit.plan(Route::Me, &fault, 1);
        let error = client.call(api::Me).map(drop).expect_err("it takes too long");
        assert_eq!(error.phase(), Some(phase), "{error}");
        assert!(error.is_timeout() && error.is_unavailable());
    }
}

/// Keep-alive's race: the server closes as the next request is on its way.
pub fn a_connection_closed_as_the_request_comes_is_made_anew<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    kit.plan(Route::Me, &Fault::reset_on_next(), 1);
    client.call(api::Me).expect("the first answer");
    let call = thread::spawn(move || client.call(api::Me).map(drop));
    until_done(&clock, call).expect("over another connection");
}

/// The server goes away and comes back on its port: the call waits, tries again, and succeeds.
pub fn an_outage_is_lived_through<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).allow(Invariant::EveryFaultFires).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    client.call(api::Me).expect("the first answer");
    kit.stop();
    let call = thread::spawn(move || client.call(api::Me).map(drop));
    clock.until_waiting_or(clock.now().monotonic + Duration::from_millis(1250), || 1);
    kit.come_back();
    until_done(&clock, call).expect("it is back");
    assert_eq!(kit.token_requests(), 1);
}
