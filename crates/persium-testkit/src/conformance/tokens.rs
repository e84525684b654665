//! One token, however many callers.

use std::thread;
use std::time::Duration;

use crate::{Fault, Kit, Route, VirtualClock};
use http::StatusCode;
use persium_core::{Clock, Config, Credentials, api};

use super::{Driver, Rotates, Setup, at_once, client, client_in_virtual_time, config_with, until};

const SECOND: Duration = Duration::from_secs(1);

/// A cold herd makes one token request.
pub fn callers_at_once_share_one_token<D: Driver>() {
    let kit = D::kit().start();
    let results = at_once(&client::<D>(&kit), 32, |client| client.call(api::Me).map(|me| me.client_id));
    assert!(
        results.iter().all(|result| result.as_ref().is_ok_and(|id| id == kit.client_id())),
        "{results:?}"
    );
    assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (1, 32));
}

/// A token revoked under all of them costs one more.
pub fn callers_refused_together_share_one_fresh_token<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    client.call(api::Me).expect("the first call");
    kit.revoke_all();
    let results = at_once(&client, 32, |client| client.call(api::Me).map(drop));
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(kit.token_requests(), 2);
}

/// An API that says 401 to everything costs a token a gap, and each call an answer.
pub fn a_server_that_refuses_everything_is_not_asked_for_ever<D: Driver>() {
    let (kit, clock) = in_virtual_time::<D>();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    kit.refuse_all();
    let error = client.call(api::Me).expect_err("everything is refused");
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (2, 2), "one fresh token, one repetition");

    // Within the gap a refused call waits for a newer token; at its end one is fetched for all of them.
    let waiting = thread::spawn({
        let client = client.clone();
        move || at_once(&client, 8, |client| client.call(api::Me).map(drop))
    });
    clock.until_waiting_or(clock.now().monotonic + SECOND * 5, || 8);
    assert_eq!(kit.token_requests(), 2);
    clock.advance(SECOND * 5);
    let results = waiting.join().expect("no panic");
    assert!(results.iter().all(|result| result.as_ref().is_err_and(persium_core::Error::is_unauthorized)));
    assert_eq!(kit.token_requests(), 3);
}

/// Inside the margin the old token goes on serving while the new one is fetched.
pub fn a_token_is_renewed_before_it_ends_and_nobody_waits<D: Driver>() {
    let (kit, clock) = in_virtual_time::<D>();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    let first = client.bearer().expect("a token");
    clock.advance(SECOND * 265);
    assert_eq!(client.bearer().expect("it lives"), first, "300 s, less a margin of 30");
    assert_eq!(kit.token_requests(), 1);

    clock.advance(SECOND * 15);
    kit.plan(Route::Token, &Fault::delay(SECOND), 1);
    assert_eq!(client.bearer().expect("it lives").header(), first.header(), "nobody waits for the renewal");
    until(|| clock.delays() == 1);
    clock.advance(SECOND);
    until(|| client.bearer().expect("one of them lives").header() != first.header());
    assert_eq!(kit.token_requests(), 2);
}

/// A token whose time is over is replaced first.
pub fn an_expired_token_is_not_sent<D: Driver>() {
    let (kit, clock) = in_virtual_time::<D>();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    client.call(api::Me).expect("the first call");
    clock.advance(SECOND * 299);
    client.call(api::Me).expect("the second call");
    assert_eq!(kit.token_requests(), 2);
    clock.suspend(SECOND * 3600);
    client.call(api::Me).expect("the call after the machine slept");
    assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (3, 3), "the wall clock tells of the sleep");
}

/// `expires_in` of 0 is used for a second all the same.
pub fn a_token_of_no_lifetime_does_not_cost_one_fetch_a_call<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).token_lifetime(Duration::ZERO).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    for _ in 0..20 {
        client.bearer().expect("a token");
    }
    assert_eq!(kit.token_requests(), 1);
    clock.advance(SECOND);
    client.bearer().expect("a token");
    assert_eq!(kit.token_requests(), 2);
}

/// Who sends requests by other means reports a refusal by the token.
pub fn a_refused_bearer_is_replaced_once<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    let refused = client.bearer().expect("a token");
    let fresh = at_once(&client, 16, move |client| client.bearer_instead_of(&refused).expect("a newer one"));
    assert!(fresh.iter().all(|bearer| bearer.header() == fresh[0].header()));
    assert_eq!(kit.token_requests(), 2);
}

/// A new secret is tried at once, however long the pause after the old one's refusal.
pub fn changed_credentials_end_the_pause_after_a_refusal<D: Rotates>() {
    let (kit, clock) = in_virtual_time::<D>();
    let config: Config = config_with(&kit, |name| (name == "CLIENT_SECRET").then_some("the-old-one"));
    let client = D::connect(config, Setup::of(&kit).with_clock(&clock)).expect("a client");
    assert!(client.bearer().expect_err("it is wrong").is_credentials());
    let right = Credentials::new(kit.client_id(), kit.client_secret()).expect("the kit's values");
    client.set_credentials(right);
    client.bearer().expect("it is right, and time has not moved");
    assert_eq!(kit.token_requests(), 2);
}

fn in_virtual_time<D: Driver>() -> (Kit, VirtualClock) {
    let clock = VirtualClock::new();
    (D::kit().clock(&clock).start(), clock)
}

/// A status that the kit gives next, for other scenarios.
pub(super) fn fail_next(kit: &Kit, route: Route, status: u16, times: usize) {
    kit.fail_next(route, StatusCode::from_u16(status).expect("a status"), times);
}
