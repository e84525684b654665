//! What only a blocking adapter can be asked: calls that are ended from another thread.

use std::error::Error as _;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use persium_blocking::{Cancel, Client, Transport};
use persium_core::{Clock, Config, Failure, Limits, Phase, Response, api};
use persium_testkit::conformance::{Driver, Setup, client, client_in_virtual_time, config_by, until};
use persium_testkit::{Fault, Kit, Route, VirtualClock};
use persium_tests::drivers::Blocking;
use tracing::field::Field;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry, layer};

#[test]
fn a_call_is_ended_from_another_thread_whatever_it_waits_for() {
    let delay = Fault::delay(Duration::from_secs(3));
    let busy = Fault::status(http::StatusCode::SERVICE_UNAVAILABLE);
    // A token, an answer, a pause before the next attempt.
    for (route, fault, delays) in [(Route::Token, &delay, 1), (Route::Me, &delay, 1), (Route::Me, &busy, 0)] {
        let clock = VirtualClock::new();
        let kit = Kit::builder().clock(&clock).start();
        let driver = client_in_virtual_time::<Blocking>(&kit, &clock);
        kit.plan(route, fault, 1);
        let cancel = Cancel::new();
        let call = thread::spawn({
            let client = driver.client().canceled_by(&cancel);
            move || client.call(api::Me).map(drop)
        });
        // A delay that began later than time was moved would never end.
        until(|| {
            kit.requests(route) == 1
                && clock.delays() == delays
                && (delays == 1 || !clock.waiting().is_empty())
        });
        cancel.cancel();
        let error = call.join().expect("no panic").expect_err("it was called off");
        assert!(error.is_canceled(), "{error}");
        clock.advance(Duration::from_secs(3));
        driver.client().me().expect("nobody else is held up");
    }
}

#[test]
fn who_is_warmed_up_has_a_token_and_a_connection() {
    let kit = Kit::start();
    let driver = client::<Blocking>(&kit);
    driver.client().warm_up().expect("the kit is well");
    assert_eq!((kit.token_requests(), kit.api_requests()), (1, 1));
    driver.call(api::Me).expect("an answer");
    assert_eq!(kit.token_requests(), 1);

    kit.refuse_all();
    let error = driver.client().warm_up().expect_err("everything is refused");
    assert!(error.is_unauthorized(), "{error}");
}

/// Its thread sends on: the request is out, is counted, and is one of those that may be.
#[test]
fn a_request_whose_call_was_ended_is_out_until_its_answer_comes() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let mut limits = Limits::default();
    limits.max_in_flight = 1;
    let driver =
        Blocking::connect(config_by(&kit, limits), Setup::of(&kit).with_clock(&clock)).expect("a client");
    driver.bearer().expect("a token");
    kit.plan(Route::Me, &Fault::delay(Duration::from_secs(3)), 1);
    let cancel = Cancel::new();
    let call = thread::spawn({
        let client = driver.client().canceled_by(&cancel);
        move || client.call(api::Me).map(drop)
    });
    kit.until_delaying(1);
    cancel.cancel();
    call.join().expect("no panic").expect_err("it was called off");
    assert_eq!(driver.client().stats().in_flight, 1);

    let error = driver.client().canceled_by(&cancel).me().expect_err("it was fired before");
    assert!(error.is_canceled(), "{error}");
    let closing = thread::spawn({
        let client = driver.client().clone();
        move || client.close(Duration::from_secs(100))
    });
    clock.until_waiting_or(clock.now().monotonic + Duration::from_secs(100), || 1);
    assert!(!closing.is_finished(), "it waits for what is out");
    clock.advance(Duration::from_secs(3));
    closing.join().expect("no panic");
    assert_eq!(driver.client().stats().in_flight, 0);
}

#[test]
fn a_herd_outlives_the_leader_that_set_off_its_flight() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let driver = client_in_virtual_time::<Blocking>(&kit, &clock);
    kit.plan(Route::Token, &Fault::delay(Duration::from_secs(1)), 1);
    let cancel = Cancel::new();
    let leader = thread::spawn({
        let client = driver.client().canceled_by(&cancel);
        move || client.bearer()
    });
    kit.until_delaying(1);
    let herd = thread::spawn({
        let driver = driver.clone();
        move || driver.herd(Blocking::HERD, None)
    });
    clock.until_waiting_or(clock.now().monotonic + Duration::from_secs(100), || Blocking::HERD + 1);
    cancel.cancel();
    assert!(leader.join().expect("no panic").expect_err("it was called off").is_canceled());
    clock.advance(Duration::from_secs(1));
    assert!(herd.join().expect("no panic").iter().all(Result::is_ok));
    assert_eq!(kit.token_requests(), 1);
}

/// Hands out a token, and panics at everything else.
struct Panics;

impl Transport for Panics {
    fn transmit(&self, request: Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
        assert_eq!(request.uri().path(), "/token", "planned by the test");
        Ok(Response::new(Bytes::from_static(br#"{"access_token":"t","expires_in":300}"#)))
    }
}

#[test]
fn a_transport_that_panics_ends_the_call_that_can_be_cancelled() {
    let mut limits = Limits::default();
    limits.call_attempts = 1;
    let config = Config::builder()
        .token_url("https://id.test/token")
        .api_base_url("https://api.test")
        .client_id("id")
        .client_secret("s3cret")
        .limits(limits)
        .build();
    let client = Client::builder(config.unwrap()).transport(Arc::new(Panics)).build().unwrap();
    let error = client.canceled_by(&Cancel::new()).me().expect_err("there is no answer");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the transport panicked"), "{error}");
    assert_eq!(client.stats().in_flight, 0);
}

/// The phases that ended, as `tracing` is told of them.
#[derive(Clone, Default)]
struct Phases(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Phases {
    fn on_event(&self, event: &tracing::Event<'_>, _: layer::Context<'_, S>) {
        event.record(&mut |field: &Field, value: &dyn fmt::Debug| {
            if field.name() == "phase" {
                self.0.lock().expect("no panic").push(format!("{value:?}"));
            }
        });
    }
}

#[test]
fn a_name_is_asked_for_where_a_connection_is_opened_and_not_for_each_call() {
    let kit = Kit::start();
    let phases = Phases::default();
    tracing::subscriber::with_default(Registry::default().with(phases.clone()), || {
        let driver = client::<Blocking>(&kit);
        for _ in 0..3 {
            driver.call(api::Me).expect("it works");
        }
    });
    let ended = phases.0.lock().expect("no panic");
    let count = |phase: Phase| ended.iter().filter(|ended| **ended == phase.to_string()).count();
    assert_eq!(count(Phase::Wait), 3, "{ended:?}");
    // None where the token's connection is taken over.
    assert!(count(Phase::Resolve) <= 1, "{ended:?}");
    assert_eq!(count(Phase::Resolve), count(Phase::Connect), "{ended:?}");
}
