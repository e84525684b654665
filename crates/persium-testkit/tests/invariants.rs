//! Toy clients that each break one invariant: they are named by its message, and by no other.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::io::Write as _;
use std::net::TcpStream;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http::StatusCode;
use persium_testkit::{Fault, Invariant, Kit, RetryAfter, Route, VirtualClock};
use support::{ask, get, token, token_answer};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const SECOND: Duration = Duration::from_secs(1);

/// Lets a client loose, and sees what dropping the kit says of it.
fn verdict(client: impl FnOnce(&Kit, &VirtualClock)) -> Vec<Invariant> {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    client(&kit, &clock);
    let mut found: Vec<_> = kit.violations().iter().map(persium_testkit::Violation::invariant).collect();
    found.dedup();
    let text = kit.violations().iter().map(ToString::to_string).collect::<String>();
    assert!(!text.contains(kit.client_secret()) && !text.contains("eyJ"), "{text}");
    let dropped = panic::catch_unwind(AssertUnwindSafe(|| drop(kit)));
    let said = dropped.err().map_or(String::new(), |message| *message.downcast::<String>().unwrap());
    for invariant in Invariant::ALL {
        let is_named = said.contains(&format!("{invariant:?}: "));
        assert_eq!(is_named, found.contains(&invariant), "dropping says the same: {invariant:?} in {said:?}");
    }
    found
}

fn only(invariant: Invariant) -> Vec<Invariant> {
    vec![invariant]
}

#[test]
fn a_client_that_does_it_right_is_not_named() {
    let found = verdict(|kit, clock| {
        let first = token(kit);
        (0..20).for_each(|_| assert_eq!(get(kit, "/me", &first).status, 200));
        kit.fail_next(Route::Stations, StatusCode::BAD_GATEWAY, 1);
        assert_eq!(get(kit, "/stations", &first).status, 502);
        clock.advance(SECOND);
        assert_eq!(get(kit, "/stations", &first).status, 200);
        kit.ledger().assert_one_fetch_for(21);
        clock.advance(SECOND * 290);
        let second = token(kit);
        assert_eq!(get(kit, "/me", &second).status, 200);
        kit.ledger().assert_never_fetched_while_good_for_more_than(SECOND * 30);
    });
    assert_eq!(found, []);
}

#[test]
fn a_secret_in_a_query_a_header_or_a_call_is_a_secret_abroad() {
    let in_query = verdict(|kit, _| {
        let path =
            format!("/realms/persium/protocol/openid-connect/token?client_secret={}", kit.client_secret());
        ask(kit, "POST", &path, &[FORM], "grant_type=client_credentials");
    });
    let in_call = verdict(|kit, _| {
        let token = token(kit);
        get(kit, &format!("/me?key={}", kit.client_secret()), &token);
    });
    let in_header = verdict(|kit, _| {
        ask(kit, "GET", "/realms/persium", &[("X-Debug", kit.client_secret())], "");
    });
    assert_eq!([in_query, in_call, in_header], [(); 3].map(|()| only(Invariant::SecretStaysHome)));
}

#[test]
fn a_token_in_a_query_or_sent_to_keycloak_is_a_token_abroad() {
    let in_query = verdict(|kit, _| {
        let token = token(kit);
        ask(kit, "GET", &format!("/api/m2m/v1/me?access_token={token}"), &[], "");
    });
    let elsewhere = verdict(|kit, _| {
        let bearer = format!("Bearer {}", token(kit));
        ask(kit, "GET", "/realms/persium", &[("Authorization", &bearer)], "");
    });
    assert_eq!([in_query, elsewhere], [(); 2].map(|()| only(Invariant::BearerStaysHome)));
}

#[test]
fn a_token_sent_after_its_time_is_seen_by_either_clock() {
    let slept = verdict(|kit, clock| {
        let token = token(kit);
        clock.advance(SECOND * 300);
        get(kit, "/me", &token);
    });
    let suspended = verdict(|kit, clock| {
        let token = token(kit);
        clock.suspend(SECOND * 300);
        get(kit, "/me", &token);
    });
    assert_eq!([slept, suspended], [(); 2].map(|()| only(Invariant::NothingExpired)));
}

#[test]
fn a_token_fetched_too_early_is_told_whatever_becomes_of_the_first_one_later() {
    let early = |later: fn(&Kit, &VirtualClock, &str)| {
        let clock = VirtualClock::new();
        let kit = Kit::builder().clock(&clock).start();
        let first = token(&kit);
        token(&kit);
        clock.advance(SECOND);
        later(&kit, &clock, &first);
        let ledger = kit.ledger();
        let check = || ledger.assert_never_fetched_while_good_for_more_than(SECOND * 30);
        panic::catch_unwind(AssertUnwindSafe(check)).is_err()
    };
    assert!(early(|_, _, _| {}));
    assert!(early(|kit, _, _| kit.revoke_all()));
    assert!(early(|_, clock, _| clock.advance(SECOND * 300)));
    assert!(early(|kit, _, first| {
        kit.refuse_serial(1);
        assert_eq!(get(kit, "/me", first).status, 401);
    }));
}

#[test]
fn two_token_requests_at_once_are_one_too_many() {
    let found = verdict(|kit, clock| {
        kit.plan(Route::Token, &Fault::delay(SECOND), 2);
        thread::scope(|scope| {
            let asking = [0, 1].map(|_| scope.spawn(|| token(kit)));
            kit.until_delaying(2);
            clock.advance(SECOND);
            asking.into_iter().for_each(|asking| drop(asking.join().unwrap()));
        });
        let ledger = kit.ledger();
        assert!(panic::catch_unwind(AssertUnwindSafe(|| ledger.assert_never_two_in_flight())).is_err());
    });
    assert_eq!(found, only(Invariant::SingleFetch));
}

#[test]
fn a_token_request_whose_client_has_left_is_no_longer_on_its_way() {
    let found = verdict(|kit, _| {
        kit.plan(Route::Token, &Fault::delay(SECOND), 1);
        let mut stream = TcpStream::connect(kit.authority()).unwrap();
        let body = format!("grant_type=client_credentials&client_id={}&client_secret=x", kit.client_id());
        let head = "POST /realms/persium/protocol/openid-connect/token HTTP/1.1\r\nHost: x\r\n";
        let form = "Content-Type: application/x-www-form-urlencoded";
        write!(stream, "{head}{form}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        kit.until_delaying(1);
        drop(stream);
        kit.until_delaying(0);
        token(kit);
    });
    assert_eq!(found, []);
}

#[test]
fn refused_credentials_shown_again_at_once_are_hammering() {
    let wrong = |kit: &Kit| token_answer(kit, kit.token_url(), kit.client_id(), "not-the-secret").status;
    let hammering = verdict(|kit, _| assert_eq!([wrong(kit), wrong(kit)], [401, 401]));
    let patient = verdict(|kit, clock| {
        wrong(kit);
        clock.advance(SECOND);
        wrong(kit);
    });
    let corrected = verdict(|kit, _| {
        wrong(kit);
        token(kit);
    });
    assert_eq!([hammering, patient, corrected], [only(Invariant::NoHammering), vec![], vec![]]);
}

#[test]
fn retries_that_come_at_once_too_early_or_without_end_are_named() {
    let unavailable = Fault::status(StatusCode::SERVICE_UNAVAILABLE);
    let at_once = verdict(|kit, _| {
        let token = token(kit);
        kit.plan(Route::Me, &unavailable, 1);
        (0..2).for_each(|_| drop(get(kit, "/me", &token)));
    });
    let too_early = verdict(|kit, clock| {
        let token = token(kit);
        kit.plan(Route::Me, &unavailable.clone().with_retry_after(RetryAfter::Seconds(30)), 1);
        get(kit, "/me", &token);
        clock.advance(SECOND * 29);
        get(kit, "/me", &token);
    });
    let before_the_date = verdict(|kit, clock| {
        let token = token(kit);
        kit.plan(Route::Me, &unavailable.clone().with_retry_after(RetryAfter::DateIn(SECOND * 30)), 1);
        get(kit, "/me", &token);
        clock.advance(SECOND * 29);
        get(kit, "/me", &token);
    });
    let without_end = verdict(|kit, clock| {
        let token = token(kit);
        kit.plan(Route::Me, &unavailable, 21);
        (0..21).for_each(|_| {
            get(kit, "/me", &token);
            clock.advance(SECOND);
        });
    });
    assert_eq!(
        [at_once, too_early, before_the_date, without_end],
        [(); 4].map(|()| only(Invariant::RetriesKeepTheirDistance))
    );
}

#[test]
fn a_token_request_by_other_credentials_repeats_none() {
    let fetch = |kit: &Kit, secret| token_answer(kit, kit.token_url(), kit.client_id(), secret).status;
    let after_a_fault = |second| {
        verdict(move |kit, _| {
            kit.set_secrets(&["the-old-secret", "the-new-secret"]);
            kit.fail_next(Route::Token, StatusCode::SERVICE_UNAVAILABLE, 1);
            assert_eq!([fetch(kit, "the-old-secret"), fetch(kit, second)], [503, 200]);
        })
    };
    assert_eq!(after_a_fault("the-new-secret"), []);
    assert_eq!(after_a_fault("the-old-secret"), only(Invariant::RetriesKeepTheirDistance));
}

#[test]
fn calls_that_overlap_and_calls_after_a_fourth_attempt_are_no_retries() {
    let overlapping = verdict(|kit, clock| {
        let token = token(kit);
        kit.plan(Route::Me, &Fault::status(StatusCode::BAD_GATEWAY).after(SECOND), 4);
        thread::scope(|scope| {
            for _ in 0..2 {
                let asking = [0, 1].map(|_| scope.spawn(|| get(kit, "/me", &token)));
                kit.until_delaying(2);
                clock.advance(SECOND);
                asking.into_iter().for_each(|asking| drop(asking.join().unwrap()));
            }
        });
    });
    let fresh = verdict(|kit, clock| {
        let token = token(kit);
        kit.fail_next(Route::Me, StatusCode::BAD_GATEWAY, 4);
        for _ in 0..4 {
            clock.advance(SECOND);
            get(kit, "/me", &token);
        }
        get(kit, "/me", &token);
    });
    assert_eq!([overlapping, fresh], [vec![], vec![]]);
}

#[test]
fn a_planned_fault_that_nobody_met_is_told() {
    let found = verdict(|kit, _| kit.plan_nth(Route::Latest, 7, Fault::garbage()));
    assert_eq!(found, only(Invariant::EveryFaultFires));
}

#[test]
fn each_invariant_has_its_switch() {
    let kit = Kit::builder().allow(Invariant::EveryFaultFires).start();
    kit.plan_nth(Route::Latest, 7, Fault::garbage());
    kit.verify();
    ask(&kit, "GET", "/realms/persium", &[("X-Debug", kit.client_secret())], "");
    assert!(panic::catch_unwind(AssertUnwindSafe(|| kit.verify())).is_err());
    kit.allow(Invariant::SecretStaysHome);
    kit.verify();
}

#[test]
fn dropping_never_panics_while_panicking() {
    let outcome = thread::spawn(|| {
        let kit = Arc::new(Kit::start());
        kit.plan_nth(Route::Latest, 7, Fault::garbage());
        panic!("of the test's own");
    });
    let message = outcome.join().unwrap_err();
    assert_eq!(message.downcast_ref::<&str>(), Some(&"of the test's own"));
}
