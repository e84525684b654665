//! Tokens that the API refuses, in every way in which APIs do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use persium_core::{Error, api};

use super::driver::{client_by, unhurried};
use super::{Driver, at_once, client_in_virtual_time, until};
use crate::{Challenge, Kit, Route, VirtualClock};

const SECOND: Duration = Duration::from_secs(1);

/// With `WWW-Authenticate` and without, with a body of any kind and none: the status decides.
pub fn a_refusal_of_any_flavour_gets_a_fresh_token<D: Driver>() {
    for flavour in [
        Challenge::Rfc6750,
        Challenge::SpringEmpty,
        Challenge::KeycloakAdmin,
        Challenge::FastApiDetail,
        Challenge::GatewayHtml,
    ] {
        let clock = VirtualClock::new();
        let kit = D::kit().clock(&clock).start();
        kit.challenge(flavour);
        let client = client_in_virtual_time::<D>(&kit, &clock);
        client.call(api::Me).expect("the first token");
        kit.revoke_all();
        client.call(api::Me).expect("the second token");
        assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (2, 3), "{flavour:?}");

        // Past the gap after a refusal: the next one costs a token at once.
        clock.advance(SECOND * 6);
        kit.refuse_all();
        let error = client.call(api::Me).map(drop).expect_err("everything is refused");
        assert!(error.is_unauthorized() && !error.is_credentials(), "{flavour:?}: {error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    }
}

/// Tokens are revoked, the keys that sign them are changed, and the old keys taken away: nobody's call fails, and what
/// ends a token costs one.
pub fn a_thousand_calls_live_through_revocation_and_new_keys<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let mut limits = unhurried();
    limits.call_timeout = SECOND * 1800;
    let client = client_by::<D>(&kit, &clock, limits);
    let done: Arc<[AtomicUsize; 20]> = Arc::default();
    let work = thread::spawn({
        let (done, seats) = (Arc::clone(&done), Arc::new(AtomicUsize::new(0)));
        move || {
            at_once(&client, 20, move |client| {
                let seat = seats.fetch_add(1, Ordering::Relaxed);
                for _ in 0..50 {
                    if let Err(error) = client.call(api::Me) {
                        done[seat].store(50, Ordering::Relaxed);
                        return Err(error);
                    }
                    done[seat].fetch_add(1, Ordering::Relaxed);
                }
                Ok::<(), Error>(())
            })
        }
    });
    // Each has made two calls more, or all of its own: then none is under way that began before.
    let go_round = || {
        let before: Vec<_> = done.iter().map(|done| done.load(Ordering::Relaxed)).collect();
        until(|| {
            done.iter()
                .zip(&before)
                .all(|(done, before)| (before + 2).min(50) <= done.load(Ordering::Relaxed))
        });
    };
    // A new key alone ends no token: the old one stays in the key set.
    for storm in [Kit::revoke_all, Kit::rotate_keys, Kit::retire_old_keys] {
        go_round();
        storm(&kit);
        go_round();
        // As above.
        clock.advance(SECOND * 6);
    }
    for result in work.join().expect("no panic") {
        result.expect("no call fails");
    }
    assert!(1000 <= kit.requests(Route::Me));
    assert_eq!(kit.token_requests(), 3);
}
