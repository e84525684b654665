//! How long a token is used, and when the next one is fetched.

use super::*;

/// How many exchanges twenty calls cost, each a moment after the other.
fn exchanges_of_twenty_calls(lifetime: u64) -> u32 {
    let mut desk = Desk::new();
    for _ in 0..20 {
        let mut seat = Seat::default();
        if let Acquire::Wait { .. } = desk.ask(&mut seat) {
            let exchange = desk.exchange().unwrap();
            desk.grant(exchange, lifetime);
            gets(desk.ask(&mut seat));
        } else if let Some(exchange) = desk.exchange() {
            desk.grant(exchange, lifetime);
        }
        desk.pass(SECOND / 25);
    }
    desk.issued
}

#[test]
fn no_lifetime_is_so_short_that_every_call_fetches_a_token() {
    for lifetime in [60, 10, 4, 1, 0] {
        assert_eq!(exchanges_of_twenty_calls(lifetime), 1, "{lifetime}");
    }
}

#[test]
fn a_token_that_says_it_lives_for_nothing_is_used_for_a_second_after_it_came() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.pass(SECOND * 9);
    desk.grant(exchange, 0);
    desk.pass(SECOND - Duration::from_nanos(1));
    gets(desk.ask(&mut seat));
    desk.pass(Duration::from_nanos(1));
    let _ = waits(desk.ask(&mut seat));
}

#[test]
fn a_token_is_handed_out_until_five_seconds_before_its_end() {
    let mut desk = Desk::new();
    desk.fetch(300);
    desk.pass(SECOND * 295 - Duration::from_nanos(1));
    gets(desk.ask_anew());
    desk.pass(Duration::from_nanos(1));
    let _ = waits(desk.ask_anew());
}

#[test]
fn a_short_lived_token_is_handed_out_for_three_quarters_of_its_life() {
    let mut desk = Desk::new();
    desk.fetch(8);
    desk.pass(SECOND * 6 - Duration::from_nanos(1));
    gets(desk.ask_anew());
    desk.pass(Duration::from_nanos(1));
    let _ = waits(desk.ask_anew());
}

#[test]
fn a_lifetime_counts_from_when_the_request_was_sent() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.pass(SECOND * 10);
    desk.grant(exchange, 300);
    desk.pass(SECOND * 285);
    let _ = waits(desk.ask(&mut seat));
}

#[test]
fn a_machine_that_slept_does_not_serve_what_expired_meanwhile() {
    let mut desk = Desk::new();
    desk.fetch(300);
    desk.now.wall += SECOND * 295;
    let _ = waits(desk.ask_anew());
}

#[test]
fn a_machine_that_slept_while_its_request_was_out_does_not_serve_what_expired_meanwhile() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.now.wall += SECOND * 295;
    desk.grant(exchange, 300);
    let _ = waits(desk.ask(&mut seat));
}

#[test]
fn a_wall_clock_set_back_does_not_keep_a_token_alive() {
    let mut desk = Desk::new();
    desk.fetch(300);
    desk.now.wall -= SECOND * 10_000;
    desk.pass(SECOND * 295);
    let _ = waits(desk.ask_anew());
}

#[test]
fn a_wall_clock_set_back_does_not_revive_what_expired() {
    let mut desk = Desk::new();
    let bearer = desk.fetch(300);
    desk.now.wall += SECOND * 10_000;
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.now.wall -= SECOND * 10_000;
    assert!(!bearer.has_expired(desk.now), "by its own account it lives");
    let _ = waits(desk.ask(&mut seat));
    desk.grant(exchange, 300);
    assert_eq!(gets(desk.ask(&mut seat)).token(), "t2");
}

#[test]
fn a_token_is_renewed_thirty_seconds_before_its_end_less_up_to_a_quarter() {
    let mut earliest = Duration::MAX;
    let mut latest = Duration::ZERO;
    for seed in 0..200 {
        let mut desk = Desk::seeded(config(), seed);
        desk.fetch(300);
        let renew_at = desk.machine.live.as_ref().unwrap().renew_at;
        let after = renew_at.monotonic.since(desk.now.monotonic);
        assert_eq!(renew_at.wall, desk.now.wall + after, "{seed}: both clocks agree");
        earliest = earliest.min(after);
        latest = latest.max(after);
    }
    assert!(SECOND * 270 <= earliest && earliest < SECOND * 271, "{earliest:?}");
    assert!(SECOND * 276 < latest && latest < SECOND * 270 + SECOND * 15 / 2, "{latest:?}");
}

#[test]
fn a_short_lived_token_is_renewed_at_half_its_life() {
    for seed in 0..100 {
        let mut desk = Desk::seeded(config(), seed);
        desk.fetch(20);
        desk.pass(SECOND * 10 - Duration::from_nanos(1));
        gets(desk.ask_anew());
        assert!(desk.exchange().is_none(), "{seed}");
        desk.pass(SECOND * 5 / 2);
        gets(desk.ask_anew());
        assert!(desk.exchange().is_some(), "{seed}");
    }
}

#[test]
fn nobody_waits_while_a_token_is_renewed() {
    let mut desk = Desk::new();
    desk.fetch(300);
    desk.pass(SECOND * 280);
    assert_eq!(gets(desk.ask_anew()).token(), "t1");
    let renewal = desk.exchange().unwrap();
    for _ in 0..100 {
        assert_eq!(gets(desk.ask_anew()).token(), "t1");
        assert!(desk.exchange().is_none());
    }
    desk.grant(renewal, 300);
    assert_eq!(gets(desk.ask_anew()).token(), "t2");
}

#[test]
fn while_a_renewal_is_out_the_published_token_serves_without_the_session() {
    let mut desk = Desk::new();
    desk.fetch(300);
    desk.pass(SECOND * 280);
    gets(desk.ask_anew());
    let _renewal = desk.exchange().unwrap();
    assert!(desk.machine.bearer().unwrap().serves(desk.now));
    desk.pass(SECOND * 14);
    assert!(desk.machine.bearer().unwrap().serves(desk.now));
    desk.pass(SECOND);
    assert!(!desk.machine.bearer().unwrap().serves(desk.now), "the lease has ended: somebody must take over");
}

#[test]
fn a_usable_token_is_served_after_its_renewal_has_failed() {
    let mut desk = Desk::new();
    desk.fetch(300);
    desk.pass(SECOND * 280);
    gets(desk.ask_anew());
    let renewal = desk.exchange().unwrap();
    desk.finish(renewal, Ok(denial()));
    assert_eq!(gets(desk.ask_anew()).token(), "t1");
    assert!(desk.exchange().is_none(), "cooling holds for renewals too");
    desk.pass(SECOND);
    assert_eq!(gets(desk.ask_anew()).token(), "t1");
    assert!(desk.exchange().is_some());
}

#[test]
fn new_credentials_leave_the_token_to_those_who_use_it() {
    let mut desk = Desk::new();
    desk.fetch(300);
    desk.machine.set_credentials(desk.now, credentials("new"));
    assert_eq!(gets(desk.ask_anew()).token(), "t1");
    assert!(desk.exchange().is_none());
}

#[test]
fn the_header_is_built_once_however_often_the_token_is_noted_anew() {
    let mut desk = Desk::new();
    let fetched = desk.fetch(300);
    desk.pass(SECOND * 280);
    gets(desk.ask_anew());
    let _renewal = desk.exchange().unwrap();
    let renewing = gets(desk.ask_anew());
    assert!(!Arc::ptr_eq(&fetched, &renewing), "what it says of the renewal has changed");
    assert!(renewing.header().is_sensitive());
    assert_eq!(fetched.header().as_bytes().as_ptr(), renewing.header().as_bytes().as_ptr());
    assert!(Arc::ptr_eq(&renewing, &gets(desk.ask_anew())));
}
