//! What only an async adapter can be asked: futures that are dropped, and runtimes that are not there.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persium_core::{Clock, Operation, api};
use persium_testkit::conformance::{Driver, client, client_in_virtual_time, until, until_done};
use persium_testkit::{Fault, Kit, Route, VirtualClock};
use persium_tests::drivers::Hyper;

#[test]
fn dropping_the_first_caller_costs_nobody_anything() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let driver = client_in_virtual_time::<Hyper>(&kit, &clock);
    kit.plan(Route::Token, &Fault::delay(Duration::from_secs(3)), 1);
    driver.runtime().block_on(async {
        let first = tokio::spawn({
            let client = driver.client().clone();
            async move { client.me().await }
        });
        let second = tokio::spawn({
            let client = driver.client().clone();
            async move { client.me().await }
        });
        until(|| clock.delays() == 1);
        first.abort();
        clock.advance(Duration::from_secs(3));
        assert!(second.await.expect("not cancelled").is_ok());
    });
    assert_eq!(kit.token_requests(), 1);
}

#[test]
fn who_is_warmed_up_has_a_token_and_a_connection() {
    let kit = Kit::start();
    let driver = client::<Hyper>(&kit);
    driver.runtime().block_on(driver.client().warm_up()).expect("the kit is well");
    assert_eq!((kit.token_requests(), kit.api_requests()), (1, 1));
    driver.call(api::Me).expect("an answer");
    assert_eq!(kit.token_requests(), 1);

    kit.refuse_all();
    let error = driver.runtime().block_on(driver.client().warm_up()).expect_err("everything is refused");
    assert!(error.is_unauthorized(), "{error}");
}

#[test]
fn a_herd_outlives_the_leader_that_set_off_its_flight() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let driver = client_in_virtual_time::<Hyper>(&kit, &clock);
    kit.plan(Route::Token, &Fault::delay(Duration::from_secs(1)), 1);
    let leader = driver.runtime().spawn({
        let client = driver.client().clone();
        async move { client.bearer().await }
    });
    kit.until_delaying(1);
    let herd = std::thread::spawn({
        let driver = driver.clone();
        move || driver.herd(Hyper::HERD, None)
    });
    clock.until_waiting_or(clock.now().monotonic + Duration::from_secs(100), || Hyper::HERD + 1);
    leader.abort();
    clock.until_waiting_or(clock.now().monotonic + Duration::from_secs(100), || Hyper::HERD);
    clock.advance(Duration::from_secs(1));
    assert!(herd.join().expect("no panic").iter().all(Result::is_ok));
    assert_eq!(kit.token_requests(), 1);
}

#[test]
fn outside_a_runtime_a_call_ends_in_an_error_and_not_in_a_panic() {
    let kit = Kit::start();
    let driver = client::<Hyper>(&kit);
    let mut call = pin!(driver.client().me());
    let Poll::Ready(result) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("there is nothing to wait for")
    };
    let error = result.expect_err("nothing can be sent");
    assert!(error.is_canceled(), "{error}");
}

#[test]
fn a_runtime_that_dies_takes_no_clients_token_along() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let driver = client_in_virtual_time::<Hyper>(&kit, &clock);
    kit.plan(Route::Token, &Fault::delay(Duration::from_secs(3)), 1);
    let first = tokio::runtime::Runtime::new().expect("a runtime");
    first.spawn({
        let client = driver.client().clone();
        async move { client.me().await.map(drop) }
    });
    until(|| clock.delays() == 1);
    first.shutdown_background();
    kit.until_delaying(0);
    let second = std::thread::spawn({
        let driver = driver.clone();
        move || driver.call(api::Me).map(drop)
    });
    until_done(&clock, second).expect("the flight is taken over");
    assert_eq!(kit.token_requests(), 2);
}

#[test]
fn http_2_is_spoken_where_the_server_offers_it() {
    let kit = Kit::builder().http2().start();
    let driver = client::<Hyper>(&kit);
    driver.runtime().block_on(async {
        let calls: Vec<_> = (0..50)
            .map(|_| {
                let client = driver.client().clone();
                tokio::spawn(async move { client.call(api::Me.with_response()).await })
            })
            .collect();
        for call in calls {
            let answered = call.await.expect("no panic").expect("an answer");
            assert_eq!(answered.version, http::Version::HTTP_2);
        }
    });
    assert_eq!(kit.token_requests(), 1);
}
