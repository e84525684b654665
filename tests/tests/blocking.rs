//! What only a blocking adapter can be asked: calls that are ended from another thread.

use std::thread;
use std::time::Duration;

use persium_blocking::Cancel;
use persium_core::api;
use persium_testkit::conformance::{client_in_virtual_time, until};
use persium_testkit::{Fault, Kit, Route, VirtualClock};
use persium_tests::drivers::Blocking;

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
