//! Clocks that are wrong, or jump: a server's, and this machine's.

use std::time::Duration;

use persium_core::{Clock, api};

use super::{Driver, client_in_virtual_time};
use crate::{Route, VirtualClock};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Hours ahead or behind: a lifetime is a length of time, and nobody's date is needed for it.
pub fn a_server_whose_clock_is_off_costs_nothing<D: Driver>() {
    for skew in [-7200, 7200] {
        let clock = VirtualClock::new();
        let kit = D::kit().clock(&clock).start();
        kit.skew(skew);
        let client = client_in_virtual_time::<D>(&kit, &clock);
        for _ in 0..10 {
            client.call(api::Me).expect("an answer");
            clock.advance(SECOND * 26);
        }
        assert_eq!(kit.token_requests(), 1, "260 s of 300: {skew}");
        clock.advance(SECOND * 40);
        client.call(api::Me).expect("an answer");
        assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (2, 11), "{skew}");
    }
}

/// Forward by hours the token counts as expired, once; back by hours it is not revived, and nothing is fetched for that.
pub fn a_wall_clock_that_jumps_costs_a_token_at_most<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    let call = || client.call(api::Me).map(drop).expect("an answer");
    call();
    let right = clock.now().wall;
    for round in 1..=3 {
        clock.set_wall(right + HOUR * 5 * round);
        (0..5).for_each(|_| call());
        assert_eq!(kit.token_requests(), 1 + u64::from(round), "one for each jump forward");
        clock.set_wall(right - HOUR * 5 * round);
        (0..5).for_each(|_| call());
        assert_eq!(kit.token_requests(), 1 + u64::from(round), "none for a jump back");
    }
    clock.advance(SECOND * 300);
    call();
    assert_eq!(kit.token_requests(), 5, "the monotonic clock knows when the last one ends");
}

/// The machine sleeps again and again, for less than a token lives and for more.
pub fn a_machine_that_sleeps_often_asks_no_more_than_it_must<D: Driver>() {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    for _ in 0..10 {
        client.call(api::Me).expect("an answer");
        clock.suspend(SECOND * 20);
    }
    assert_eq!(kit.token_requests(), 1, "200 s");
    for _ in 0..5 {
        clock.suspend(HOUR);
        client.call(api::Me).expect("an answer");
        client.call(api::Me).expect("an answer");
    }
    assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (6, 20));
}
