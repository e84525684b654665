//! Bugs that other clients have: for each, the scenario that would find it here.
//!
//! They go by the numbers of `docs/testing.md` in this project's repository, which shows the line that prevents each of
//! them; `tests/mutants.txt` takes that line out, and the scenario must fail.

use std::thread;
use std::time::Duration;

use http::{Request, StatusCode};
use hyper::body::Bytes;
use persium_core::{Authentication, Clock, Config, Error, Operation, Response, api};

use super::{Deadlines, Driver, Setup, at_once, client, client_in_virtual_time, config, config_with, until};
use crate::{Fault, Kit, Route, VirtualClock};

const SECOND: Duration = Duration::from_secs(1);

fn in_virtual_time<D: Driver>() -> (Kit, VirtualClock, D) {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time(&kit, &clock);
    (kit, clock, client)
}

/// 1. Who waits for a failing endpoint asks it, one after the other.
pub fn a_failing_endpoint_is_asked_once_for_all<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    kit.plan(Route::Token, &Fault::status(StatusCode::BAD_REQUEST).after(SECOND), 1);
    let ask = |client: &D| at_once(client, 16, |client| client.bearer().expect_err("it is refused"));
    let waiting = thread::spawn({
        let client = client.clone();
        move || ask(&client)
    });
    until(|| clock.delays() == 1);
    // To the end of the lease: whoever waits looks again then.
    clock.until_waiting_or(clock.now().monotonic + SECOND * 15, || 16);
    clock.advance(SECOND);
    let mut errors = waiting.join().expect("no panic");
    errors.extend(at_once(&client, 16, |client| client.bearer().expect_err("it was refused just now")));
    assert!(errors.iter().all(Error::is_credentials), "{errors:?}");
    assert_eq!(kit.token_requests(), 1);
}

/// 2. A token that lives for less than the margin is fetched anew for each call.
pub fn a_token_that_lives_for_less_than_the_margin_is_kept<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).token_lifetime(SECOND * 10).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    for _ in 0..20 {
        client.call(api::Me).expect("an answer");
        clock.advance(SECOND / 5);
    }
    assert_eq!(kit.token_requests(), 1);
}

/// 3. A refusal refreshes nothing, because a second cache has the same token still.
pub fn a_refused_token_is_not_taken_from_another_cache<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    client.call(api::Me).expect("the first token");
    kit.revoke_all();
    clock.advance(SECOND);
    client.call(api::Me).expect("the second token");
    kit.revoke_all();
    // Within the gap after a refusal the token stays for those to whom it was not refused.
    let call = thread::spawn(move || client.call(api::Me).map(drop));
    clock.until_waiting_or(clock.now().monotonic + SECOND * 5, || 1);
    clock.advance(SECOND * 5);
    call.join().expect("no panic").expect("the third token");
    assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (3, 5));
}

/// 3, the other half. A refusal that comes late drops a token that is newer than the refused one.
pub fn a_late_refusal_does_not_drop_a_newer_token<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    let first = client.bearer().expect("the first token");
    kit.revoke_all();
    clock.advance(SECOND);
    client.call(api::Me).expect("the second token");
    clock.advance(SECOND * 6);
    let second = client.bearer().expect("it lives");
    assert_eq!(client.bearer_instead_of(&first).expect("there is a newer one").header(), second.header());
    assert_eq!(kit.token_requests(), 2);
}

/// 4. While a machine sleeps its monotonic clock stands still, and an expired token is served.
pub fn a_machine_that_slept_sends_nothing_expired<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    client.call(api::Me).expect("the first token");
    clock.suspend(SECOND * 3600);
    client.call(api::Me).expect("the second token");
    assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (2, 2));
}

/// 4, the other half. A wall clock that is set back keeps an old token alive.
pub fn a_wall_clock_set_back_keeps_no_token_alive<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    client.call(api::Me).expect("the first token");
    clock.set_wall(clock.now().wall - SECOND * 7200);
    clock.advance(SECOND * 300);
    client.call(api::Me).expect("the second token");
    assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (2, 2));
}

/// 5. A token that still lives is thrown away when its renewal fails.
pub fn a_token_that_lives_is_used_after_its_renewal_has_failed<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    client.call(api::Me).expect("a token");
    clock.advance(SECOND * 280);
    kit.plan(Route::Token, &Fault::status(StatusCode::UNAUTHORIZED), 1);
    for _ in 0..20 {
        client.call(api::Me).expect("the token lives");
    }
    until(|| kit.token_requests() == 2);
    for _ in 0..20 {
        client.call(api::Me).expect("the token lives");
    }
    assert_eq!(kit.token_requests(), 2, "the endpoint is left alone for a second");
    // That second begins when the client has heard of the refusal, which nobody outside of it can tell.
    until(|| {
        clock.advance(SECOND / 20);
        client.call(api::Me).expect("the token lives");
        kit.token_requests() == 3
    });
}

/// 6. One refusal by the token endpoint, and the client never asks again.
pub fn one_refusal_poisons_no_client<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    kit.plan(Route::Token, &Fault::status(StatusCode::UNAUTHORIZED), 1);
    assert!(client.bearer().expect_err("it is refused").is_credentials());
    clock.advance(SECOND);
    client.call(api::Me).expect("the second request brings a token");
    assert_eq!(kit.token_requests(), 2);
}

/// 7. A task in the background goes on asking, or dies and takes the client along.
pub fn nothing_is_asked_for_while_nobody_asks<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    client.call(api::Me).expect("a token");
    for _ in 0..24 {
        clock.advance(SECOND * 3600);
        assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (1, 1));
    }
    client.call(api::Me).expect("a token, a day later");
    assert_eq!(kit.token_requests(), 2);
    drop(client);
    clock.advance(SECOND * 3600);
    assert_eq!(kit.token_requests(), 2);
}

/// 8. `expires_in` in an unexpected form is an error, a token that lives for ever, or one fetch a call.
pub fn every_form_of_expires_in_is_taken_or_refused_by_name<D: Driver>() {
    let day = SECOND * 24 * 3600;
    let taken = [
        ("300", SECOND * 300),
        ("\"300\"", SECOND * 300),
        ("299.5", SECOND * 300),
        ("null", SECOND * 60),
        ("0", SECOND),
        ("9223372036854775808", day),
    ];
    for (form, at_most) in taken {
        let clock = VirtualClock::new();
        let kit = D::kit().clock(&clock).token_lifetime(day * 2).start();
        let client = client_in_virtual_time::<D>(&kit, &clock);
        kit.plan(Route::Token, &Fault::token_member("expires_in", form), 1);
        for _ in 0..5 {
            client.bearer().expect("a token");
        }
        assert_eq!(kit.token_requests(), 1, "{form}: not one a call");
        clock.advance(at_most);
        client.bearer().expect("a token");
        assert_eq!(kit.token_requests(), 2, "{form}: not for ever");
    }
    for form in ["-1", "true", "{}", "[300]", "\"soon\""] {
        let kit = D::kit().start();
        kit.plan(Route::Token, &Fault::token_member("expires_in", form), 1);
        let error = client::<D>(&kit).bearer().expect_err("it makes no sense");
        assert!(error.is_decode() && error.to_string().contains("expires_in"), "{form}: {error}");
    }
}

/// 9. A token or a secret is printed by `Debug`, or stands in an error.
pub fn what_is_printed_holds_no_secret<D: Driver>() {
    let kit = D::kit().start();
    let config = config(&kit);
    let client = client::<D>(&kit);
    let bearer = client.bearer().expect("a token");
    let token = bearer.header().to_str().expect("a token is ASCII").trim_start_matches("Bearer ").to_owned();
    kit.refuse_all();
    let refused = client.call(api::Me).map(drop).expect_err("it is refused");
    let printed = format!("{config:?} {bearer:?} {bearer:#?} {refused} {refused:?} {:?}", refused.body());
    for secret in [token.as_str(), kit.client_secret()] {
        assert!(!printed.contains(secret), "a secret is printed");
    }
}

/// 10. A token request ends with the time of the caller that set it off, and everybody else's hope with it.
pub fn a_token_request_outlives_the_caller_that_set_it_off<D: Deadlines>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    kit.plan(Route::Token, &Fault::delay(SECOND * 3), 1);
    let first = thread::spawn({
        let client = client.within(SECOND);
        move || client.call(api::Me).map(drop)
    });
    until(|| clock.delays() == 1);
    clock.until_waiting_or(clock.now().monotonic + SECOND, || 1);
    clock.advance(SECOND);
    let error = first.join().expect("no panic").expect_err("it had a second");
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.to_string(), "the call's deadline passed while it waited for a token");
    assert_eq!(error.limit(), Some("call_timeout"));

    let second = thread::spawn(move || client.call(api::Me).map(drop));
    clock.until_waiting_or(clock.now().monotonic + SECOND * 14, || 1);
    clock.advance(SECOND * 2);
    second.join().expect("no panic").expect("the token that the first one asked for");
    assert_eq!(kit.token_requests(), 1);
}

/// 11. A token request holds the lock that whoever has a token needs.
pub fn a_renewal_that_takes_its_time_holds_up_nobody<D: Driver>() {
    let (kit, clock, client) = in_virtual_time::<D>();
    let first = client.bearer().expect("a token");
    clock.advance(SECOND * 280);
    kit.plan(Route::Token, &Fault::delay(SECOND * 5), 1);
    client.bearer().expect("it lives, and its renewal begins");
    until(|| clock.delays() == 1);
    let served = at_once(&client, 16, |client| client.bearer().expect("time stands still, and it lives"));
    assert!(served.iter().all(|bearer| bearer.header() == first.header()));
    clock.advance(SECOND * 5);
    until(|| client.bearer().expect("one of them lives").header() != first.header());
    assert_eq!(kit.token_requests(), 2);
}

/// 12. A redirect is followed with the credentials.
pub fn a_redirect_takes_no_credentials_along<D: Driver>() {
    let (kit, elsewhere) = (D::kit().start(), D::kit().start());
    kit.plan(Route::Token, &Fault::redirect(elsewhere.token_url()), 1);
    let error = client::<D>(&kit).bearer().expect_err("it is no token");
    assert_redirected(&error, elsewhere.token_url());

    let client = client::<D>(&kit);
    let me = format!("{}/me", elsewhere.api_base_url());
    kit.plan(Route::Me, &Fault::redirect(&me), 1);
    let error = client.call(api::Me).map(drop).expect_err("it is no answer");
    assert_redirected(&error, &me);
    assert_eq!((elsewhere.token_requests(), elsewhere.api_requests()), (0, 0));
}

#[track_caller]
fn assert_redirected(error: &Error, to: &str) {
    assert_eq!(error.status(), Some(StatusCode::FOUND), "{error}");
    assert!(error.to_string().ends_with(&format!(", which leads to another origin: {to}")), "{error}");
}

/// 12, the bound. A token answer is read to its end, however long that takes.
pub fn a_token_answer_beyond_its_bound_is_not_read<D: Driver>() {
    let kit = D::kit().start();
    kit.pad_tokens(100_000);
    let error = client::<D>(&kit).bearer().expect_err("it is beyond 64 KiB");
    assert!(error.to_string().contains("size limit"), "{error}");
    assert_eq!(kit.token_requests(), 1, "it would be as long again");
}

/// 12, the host. A request can be made to take the token elsewhere.
pub fn an_operation_cannot_choose_where_the_token_goes<D: Driver>() {
    let (kit, elsewhere) = (D::kit().start(), D::kit().start());
    client::<D>(&kit).call(Astray(format!("{}/me", elsewhere.api_base_url()))).expect("it reaches the API");
    assert_eq!((kit.api_requests(), elsewhere.api_requests()), (1, 0));
}

/// Names another host.
struct Astray(String);

impl Operation for Astray {
    type Output = ();

    fn request(&self) -> Request<Bytes> {
        let uri: http::Uri = self.0.parse().expect("a URL");
        let path = uri.path().trim_start_matches("/api/m2m/v1");
        let elsewhere = uri.authority().expect("a URL has a host");
        let request = Request::get(format!("http://{elsewhere}{path}"));
        request.body(Bytes::new()).expect("a request without a body")
    }

    fn decode(&self, response: &Response) -> Result<(), Error> {
        assert_eq!(response.status(), StatusCode::OK);
        Ok(())
    }
}

/// 13. A secret with `+` or `%` in it does not survive HTTP Basic.
pub fn a_secret_survives_basic_authentication<D: Driver>() {
    for secret in ["a+b", "100%25", "a:b c", "Grüße, Jörg"] {
        let kit = D::kit().client("Ümlaut-Client", secret).start();
        let config = Config::builder()
            .token_url(kit.token_url())
            .api_base_url(kit.api_base_url())
            .client_id(kit.client_id())
            .client_secret(secret)
            .authentication(Authentication::Basic)
            .allow_loopback_http();
        let client = D::connect(config.build().expect("the kit's values"), Setup::of(&kit));
        client.and_then(|client| client.bearer()).expect("the secret is right");
    }
}

/// 14. The body of a refusal is thrown away, and nobody learns what was wrong.
pub fn what_the_token_endpoint_says_of_a_refusal_is_told<D: Driver>() {
    let kit = D::kit().start();
    let wrong = config_with(&kit, |name| (name == "CLIENT_SECRET").then_some("not-the-secret"));
    let error =
        D::connect(wrong, Setup::of(&kit)).and_then(|client| client.bearer()).expect_err("it is wrong");
    assert_eq!(error.code(), Some("unauthorized_client"));
    assert_eq!(error.message(), Some("Invalid client or Invalid client credentials"));
    assert!(error.body().is_some_and(|body| body.starts_with(b"{\"error\":\"unauthorized_client\"")));
    let told = error.to_string();
    assert!(told.ends_with("unauthorized_client: Invalid client or Invalid client credentials"), "{told}");
}
