//! Many callers at once, in virtual time: what one token request has to do for all of them.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http::StatusCode;
use persium_core::{Bearer, Clock, Error, api};

use super::driver::{client_by, long_enough, unhurried};
use super::{Driver, Setup, at_once, config_by, until};
use crate::{Fault, Kit, Route, VirtualClock};

const SECOND: Duration = Duration::from_secs(1);

/// Nobody has a token yet.
pub fn a_cold_herd_shares_one_token<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    let tokens = gathered(&kit, &clock, &client, None);
    all_the_same(&tokens);
    assert_eq!(kit.token_requests(), 1);
}

/// The token that everybody had is over.
pub fn a_herd_at_expiry_shares_one_token<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    let first = client.bearer().expect("a token");
    clock.advance(SECOND * 300);
    let tokens = gathered(&kit, &clock, &client, None);
    all_the_same(&tokens);
    assert_ne!(tokens[0].header(), first.header());
    assert_eq!(kit.token_requests(), 2);
}

/// The token is to be renewed: it serves everybody meanwhile, and time need not move for that.
pub fn a_herd_inside_the_renewal_window_waits_for_nothing<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    let first = client.bearer().expect("a token");
    clock.advance(SECOND * 280);
    kit.plan(Route::Token, &Fault::delay(SECOND), 1);
    for served in client.herd(D::HERD, None) {
        assert_eq!(served.expect("the old one lives").header(), first.header());
    }
    kit.until_delaying(1);
    clock.advance(SECOND);
    until(|| client.bearer().expect("one of them lives").header() != first.header());
    assert_eq!(kit.token_requests(), 2);
}

/// Three attempts for all of them, and one error; who comes within the pause after it gets the same.
pub fn a_herd_before_a_failing_endpoint_shares_one_error<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    kit.plan(Route::Token, &Fault::status(StatusCode::SERVICE_UNAVAILABLE).after(SECOND), 3);
    let herd = start(&client, None);
    for attempt in 1..=3 {
        kit.until_delaying(1);
        clock.until_waiting_or(clock.now().monotonic + SECOND * 100, || D::HERD);
        assert_eq!(kit.token_requests(), attempt);
        clock.advance(SECOND);
        if attempt < 3 {
            until_the_next_attempt::<D>(&clock);
        }
    }
    let errors: Vec<_> = ended(herd).into_iter().chain(client.herd(D::HERD, None)).collect();
    for error in errors {
        let error = error.expect_err("there is no token");
        assert!(error.is_unavailable() && error.status() == Some(StatusCode::SERVICE_UNAVAILABLE), "{error}");
    }
    assert_eq!(kit.token_requests(), 3);
}

/// An endpoint that takes the request and says nothing: each attempt ends by its own time, not by any caller's.
pub fn a_herd_before_a_stalled_endpoint_ends_with_the_flight<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let mut limits = unhurried();
    limits.token_timeout = long_enough::<D>();
    limits.token_lease = limits.token_timeout * 2;
    let client = client_by::<D>(&kit, &clock, limits);
    kit.plan(Route::Token, &Fault::delay(SECOND * 3600), 3);
    let herd = start(&client, None);
    for attempt in 1..=3 {
        until(|| kit.token_requests() == attempt);
        if attempt < 3 {
            until_the_next_attempt::<D>(&clock);
        }
    }
    for error in ended(herd) {
        let error = error.expect_err("there is no token");
        assert!(error.is_timeout(), "{error}");
    }
    assert_eq!(kit.token_requests(), 3);
}

/// A thousand callers whose token was refused want another: one request, and the same one for all.
pub fn a_thousand_callers_refused_at_once_share_one_token<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    let refused = client.bearer().expect("a token");
    let tokens = gathered(&kit, &clock, &client, Some(&refused));
    all_the_same(&tokens);
    assert_ne!(tokens[0].header(), refused.header());
    assert_eq!(kit.token_requests(), 2);
}

/// The same over sockets, as many of them as a client may use.
pub fn a_storm_of_a_thousand_refused_calls_costs_one_token<D: Driver>() {
    let kit = D::kit().start();
    let mut limits = unhurried();
    limits.call_timeout = SECOND * 1800;
    let client = D::connect(config_by(&kit, limits), Setup::of(&kit)).expect("a client");
    client.bearer().expect("a token");
    kit.revoke_all();
    let results = at_once(&client, 1000, |client| client.call(api::Me).map(drop));
    assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
    assert_eq!(kit.token_requests(), 2);
}

fn in_virtual_time<D: Driver>() -> (Kit, VirtualClock, D) {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_by(&kit, &clock, unhurried());
    (kit, clock, client)
}

fn start<D: Driver>(
    client: &D,
    refused: Option<&Arc<Bearer>>,
) -> JoinHandle<Vec<Result<Arc<Bearer>, Error>>> {
    let (client, refused) = (client.clone(), refused.cloned());
    let callers = if refused.is_some() { 1000 } else { D::HERD };
    thread::spawn(move || client.herd(callers, refused))
}

/// The tokens of a herd of which everybody waits before the one token request is answered.
fn gathered<D: Driver>(
    kit: &Kit,
    clock: &VirtualClock,
    client: &D,
    refused: Option<&Arc<Bearer>>,
) -> Vec<Arc<Bearer>> {
    kit.plan(Route::Token, &Fault::delay(SECOND), 1);
    let herd = start(client, refused);
    kit.until_delaying(1);
    let callers = if refused.is_some() { 1000 } else { D::HERD };
    clock.until_waiting_or(clock.now().monotonic + SECOND * 100, || callers);
    clock.advance(SECOND);
    ended(herd).into_iter().map(|token| token.expect("a token")).collect()
}

/// Moves time on once all of the herd waits for the pause between two attempts to end.
fn until_the_next_attempt<D: Driver>(clock: &VirtualClock) {
    clock.until_waiting_or(clock.now().monotonic + SECOND * 2, || D::HERD);
    clock.advance_to_next();
}

fn ended<T>(herd: JoinHandle<Vec<T>>) -> Vec<T> {
    herd.join().expect("no caller panics")
}

fn all_the_same(tokens: &[Arc<Bearer>]) {
    assert!(tokens.iter().all(|token| token.header() == tokens[0].header()), "there is one token for all");
}
