//! A client's life: secrets that rotate, deadlines, limits, its end.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::{Fault, Route, VirtualClock};
use persium_core::{Clock, Credentials, Limits, api};

use super::driver::long_enough;
use super::{
    Closes, Counts, Deadlines, Driver, Rotates, Setup, at_once, client, client_in_virtual_time, config,
    config_by, until, until_done,
};

const SECOND: Duration = Duration::from_secs(1);

/// A file of its own for a secret, gone at the end.
struct SecretFile(PathBuf);

impl SecretFile {
    fn new(name: &str, secret: &str) -> Self {
        let path = env::temp_dir().join(format!("persium-{}-{name}-{:p}", process::id(), secret));
        let file = Self(path);
        file.write(secret);
        file
    }

    fn write(&self, secret: &str) {
        fs::write(&self.0, format!("{secret}\n")).expect("the folder for temporary files can be written");
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The old secret is refused, the file has the new one by then.
pub fn a_secret_file_is_read_again_when_the_secret_was_rotated<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let file = SecretFile::new("rotated", kit.client_secret());
    let setup = Setup { secret_file: Some(file.0.clone()), ..Setup::of(&kit) }.with_clock(&clock);
    let client = D::connect(config(&kit), setup).expect("a client");
    client.call(api::Me).expect("the first secret");

    kit.set_secrets(&["the-second-secret"]);
    file.write("the-second-secret");
    client.call(api::Me).expect("the token lives");
    assert_eq!(kit.token_requests(), 1, "a token is used for as long as it lives");
    clock.advance(SECOND * 300);
    client.call(api::Me).expect("the file was read again");
    assert_eq!(kit.token_requests(), 2);
}

/// The old secret is on its way as the file is replaced: it is refused, and the new one is tried at once.
pub fn a_secret_file_is_read_again_when_the_endpoint_refuses_what_it_said<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let file = SecretFile::new("in-between", kit.client_secret());
    let setup = Setup { secret_file: Some(file.0.clone()), ..Setup::of(&kit) }.with_clock(&clock);
    let client = D::connect(config(&kit), setup).expect("a client");
    kit.set_secrets(&["the-second-secret"]);
    kit.plan(Route::Token, &Fault::delay(SECOND), 1);
    let call = thread::spawn(move || client.call(api::Me).map(drop));
    kit.until_delaying(1);
    file.write("the-second-secret");
    clock.advance(SECOND);
    call.join().expect("no panic").expect("the file was read again, and time has not moved since");
    assert_eq!(kit.token_requests(), 2);
}

/// Of a file and credentials that were set, what was said last counts.
pub fn of_a_secret_file_and_credentials_that_were_set_the_later_counts<D: Rotates>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let file = SecretFile::new("later", kit.client_secret());
    let setup = Setup { secret_file: Some(file.0.clone()), ..Setup::of(&kit) }.with_clock(&clock);
    let client = D::connect(config(&kit), setup).expect("a client");
    client.call(api::Me).expect("the file's");

    // Changed, not looked at since, and overtaken.
    file.write("a-secret-that-was-mistyped");
    kit.set_secrets(&["the-second-secret"]);
    let second = Credentials::new(kit.client_id(), "the-second-secret").expect("they can be used");
    client.set_credentials(second);
    clock.advance(SECOND * 300);
    client.call(api::Me).expect("what was set, though the file says what it said");

    kit.set_secrets(&["the-third-secret"]);
    file.write("the-third-secret");
    clock.advance(SECOND * 300);
    client.call(api::Me).expect("the file's again: it has changed");
    assert_eq!(kit.token_requests(), 3);
}

/// Says so when it is dropped.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Old and new are both valid for a while: nobody notices.
pub fn a_rotation_under_load_fails_no_call<D: Driver>() {
    const THREADS: usize = 4;
    // Where a token is renewed, whatever the jitter: less than half a minute before its end.
    const RENEWS: Duration = Duration::from_secs(280);
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let file = SecretFile::new("under-load", kit.client_secret());
    let setup = Setup { secret_file: Some(file.0.clone()), ..Setup::of(&kit) }.with_clock(&clock);
    let client = D::connect(config(&kit), setup).expect("a client");
    let (over, still) = (AtomicBool::new(false), RwLock::new(()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (client, over, still) = (client.clone(), &over, &still);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    // Minutes that pass under a call would be that call's.
                    let _still = still.read().expect("nobody panics with it");
                    client.call(api::Me).expect("no call fails");
                }
            });
        }
        // However it ends: who calls without end would hold it up.
        let _over = Over(&over);
        // Asked for is not had: until it is used, every call may be one by the token before.
        let is_used = |tokens: usize| kit.tokens().get(tokens - 1).is_some_and(|token| token.uses > 0);
        let before_it_is_renewed = |tokens, change: &dyn Fn()| {
            until(|| is_used(tokens));
            let _nobody_calls = still.write().expect("no call fails");
            change();
            clock.advance(RENEWS);
        };
        let second = "the-second-secret";
        before_it_is_renewed(1, &|| kit.set_secrets(&[kit.client_secret(), second]));
        before_it_is_renewed(2, &|| file.write(second));
        before_it_is_renewed(3, &|| kit.set_secrets(&[second]));
        until(|| is_used(4));
    });
    assert_eq!(kit.token_requests(), 4);
}

/// In real time: the deadline cuts the wait for a socket.
pub fn a_call_ends_by_the_deadline_it_was_given<D: Deadlines>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    client.bearer().expect("a token");
    kit.plan(Route::Me, &Fault::delay(SECOND * 60), 1);
    let error = client.within(long_enough::<D>()).call(api::Me).map(drop).expect_err("it takes a minute");
    assert!(error.is_timeout() && error.is_unavailable(), "{error}");
    // How far the answer came by then is for the machine's load to say.
    let told = "the call's deadline passed while it waited for the API's answer";
    assert!(error.to_string().starts_with(told), "{error}");
    assert_eq!(error.limit(), Some("call_timeout"));
}

/// `Duration::MAX` is what is written for no limit: waits for the token, for a connection, for an answer and for a turn.
pub fn a_client_may_have_all_the_time_there_is<D: Deadlines>() {
    let kit = D::kit().start();
    let mut limits = Limits::default();
    for limit in [
        &mut limits.call_timeout,
        &mut limits.attempt_timeout,
        &mut limits.connect_timeout,
        &mut limits.call_backoff,
        &mut limits.retry_refill,
        &mut limits.retry_after_cap,
        &mut limits.token_backoff,
        &mut limits.token_lease,
        &mut limits.renewal_margin,
        &mut limits.leeway,
        &mut limits.min_use,
        &mut limits.refusal_gap,
        &mut limits.cooling,
        &mut limits.max_cooling,
        &mut limits.window_chunk,
    ] {
        *limit = Duration::MAX;
    }
    limits.token_timeout = Duration::MAX - SECOND;
    limits.max_in_flight = 1;
    let client = D::connect(config_by(&kit, limits), Setup::of(&kit)).expect("a client");
    client.call(api::Me).expect("an answer");
    at_once(&client.within(Duration::MAX), 8, |client| {
        client.call(api::Me).expect("an answer");
    });
}

/// Two at a time, the others wait for a permit.
pub fn no_more_requests_are_out_than_are_allowed<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let mut limits = Limits::default();
    limits.max_in_flight = 2;
    let setup = Setup::of(&kit).with_clock(&clock);
    let client = D::connect(config_by(&kit, limits), setup).expect("a client");
    client.bearer().expect("a token");
    kit.plan(Route::Me, &Fault::delay(SECOND), 6);
    let calls = thread::spawn({
        let client = client.clone();
        move || at_once(&client, 6, |client| client.call(api::Me).map(drop).expect("an answer"))
    });
    for round in 1..=3 {
        until(|| clock.delays() == 2);
        assert_eq!(kit.requests(Route::Me), round * 2);
        clock.advance(SECOND);
    }
    calls.join().expect("every call was answered");
}

/// What is out is waited for; what comes later is turned away.
pub fn a_closed_client_turns_calls_away<D: Closes>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    client.bearer().expect("a token");
    kit.plan(Route::Me, &Fault::delay(SECOND), 1);
    let out = thread::spawn({
        let client = client.clone();
        move || client.call(api::Me).map(drop)
    });
    until(|| clock.delays() == 1);
    let closing = thread::spawn({
        let client = client.clone();
        move || client.close(SECOND * 100)
    });
    // Who closes waits for the request that is out, by the end of the time it was given.
    clock.until_waiting_or(clock.now().monotonic + SECOND * 100, || 1);
    let error = client.call(api::Me).map(drop).expect_err("it is closed");
    assert!(error.is_canceled(), "{error}");
    clock.advance(SECOND);
    closing.join().expect("no panic");
    out.join().expect("no panic").expect("what was out was answered");
}

/// Who closes waits no longer than it said, whatever is out by then.
pub fn closing_takes_no_longer_than_it_may<D: Closes>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    // Nothing but the answer ends the request: a socket's own limit would, in real time.
    let mut limits = Limits::default();
    (limits.attempt_timeout, limits.call_timeout) = (SECOND * 600, SECOND * 1800);
    let setup = Setup::of(&kit).with_clock(&clock);
    let client = D::connect(config_by(&kit, limits), setup).expect("a client");
    client.bearer().expect("a token");
    kit.plan(Route::Me, &Fault::delay(SECOND * 3), 1);
    let out = thread::spawn({
        let client = client.clone();
        move || client.call(api::Me).map(drop)
    });
    kit.until_delaying(1);
    let closing = thread::spawn({
        let client = client.clone();
        move || client.close(SECOND)
    });
    clock.until_waiting_or(clock.now().monotonic + SECOND, || 1);
    clock.advance(SECOND);
    until(|| closing.is_finished());
    assert!(!out.is_finished(), "it was not waited for");
    clock.advance(SECOND * 2);
    out.join().expect("no panic").expect("what was out was answered");
}

/// Nobody gets a token from a closed client, one that is there or a new one.
pub fn a_closed_client_hands_out_no_token<D: Closes>() {
    for has_token in [true, false] {
        let kit = D::kit().start();
        let client = client::<D>(&kit);
        let bearer = super::client::<D>(&kit).bearer().expect("another's token");
        if has_token {
            client.bearer().expect("a token");
        }
        let before = kit.token_requests();
        client.close(SECOND);
        let error = client.bearer().map(drop).expect_err("it is closed");
        assert!(error.is_canceled(), "{error}");
        let error = client.bearer_instead_of(&bearer).map(drop).expect_err("it is closed");
        assert!(error.is_canceled(), "{error}");
        assert_eq!(kit.token_requests(), before);
    }
}

/// Calls, token requests, refusals and retries.
pub fn what_was_done_is_counted<D: Counts>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    assert_eq!(client.stats(), persium_core::Stats::default());
    client.call(api::Me).expect("an answer");
    clock.advance(SECOND * 7);
    kit.revoke_all();
    client.call(api::Me).expect("an answer, after a fresh token");
    clock.advance(SECOND * 3);
    super::tokens::fail_next(&kit, Route::Me, 500, 1);
    let third = thread::spawn({
        let client = client.clone();
        move || client.call(api::Me).map(drop)
    });
    let token_age = clock.now().monotonic;
    until_done(&clock, third).expect("an answer, after a pause");
    let stats = client.stats();
    assert_eq!((stats.calls, stats.token_requests, stats.refusals, stats.retries), (3, 2, 1, 1));
    let since = clock.now().monotonic.since(token_age) + SECOND * 3;
    assert_eq!(stats.token_age, Some(since));
}

/// Requests that are out now.
pub fn what_is_out_is_counted<D: Counts>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    client.bearer().expect("a token");
    kit.plan(Route::Me, &Fault::delay(SECOND), 2);
    let calls = thread::spawn({
        let client = client.clone();
        move || at_once(&client, 2, |client| client.call(api::Me).map(drop).expect("an answer"))
    });
    until(|| clock.delays() == 2);
    assert_eq!(client.stats().in_flight, 2);
    clock.advance(SECOND);
    calls.join().expect("every call was answered");
    assert_eq!(client.stats().in_flight, 0);
}
