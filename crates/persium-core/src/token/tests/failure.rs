//! What a failed flight costs: its waiters, newcomers, and the endpoint.

use super::*;
use crate::wire::{FailureKind, Phase};

#[test]
fn one_failure_answers_all_who_waited() {
    let mut desk = Desk::new();
    let mut seats = vec![Seat::default(); 100];
    let exchange = desk.send(&mut seats[0]);
    for seat in &mut seats {
        let _ = waits(desk.ask(seat));
    }
    desk.finish(exchange, Ok(denial()));
    for seat in &mut seats {
        assert!(fails(desk.ask(seat)).is_credentials());
    }
    desk.pass(SECOND * 100);
    assert!(desk.exchange().is_none(), "an error costs no further exchange");
}

#[test]
fn newcomers_get_the_error_until_cooling_ends() {
    let mut desk = Desk::new();
    desk.fail();
    desk.pass(SECOND - Duration::from_nanos(1));
    assert!(fails(desk.ask_anew()).is_credentials());
    assert!(desk.exchange().is_none());
    desk.pass(Duration::from_nanos(1));
    let _ = waits(desk.ask_anew());
    assert!(desk.exchange().is_some());
}

#[test]
fn who_joins_after_cooling_does_not_get_the_earlier_flights_error() {
    let mut desk = Desk::new();
    desk.fail();
    desk.pass(SECOND);
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    let _ = waits(desk.ask(&mut seat));
    desk.grant(exchange, 300);
    gets(desk.ask(&mut seat));
}

#[test]
fn cooling_doubles_to_a_minute_and_a_token_ends_the_doubling() {
    let mut desk = Desk::new();
    let cool = |desk: &mut Desk| {
        desk.fail();
        let Flight::Cooling { until } = desk.machine.flight else { panic!("it failed") };
        let pause = until.since(desk.now.monotonic);
        desk.pass(pause);
        pause.as_secs()
    };
    let pauses: Vec<_> = (0..8).map(|_| cool(&mut desk)).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);

    desk.fetch(0);
    desk.pass(SECOND);
    assert_eq!(cool(&mut desk), 1);
}

#[test]
fn a_wrong_secret_costs_a_request_a_minute_however_many_ask() {
    let mut desk = Desk::new();
    let mut sent = 0;
    // An hour; ten callers a second, each of whom comes back as soon as it has its error.
    for _ in 0..36_000 {
        let _ = desk.ask_anew();
        if let Some(exchange) = desk.exchange() {
            sent += 1;
            desk.finish(exchange, Ok(denial()));
        }
        desk.pass(SECOND / 10);
    }
    // At 0, 1, 3, 7, 15, 31 and 63 s, then one a minute.
    assert_eq!(sent, 7 + (3600 - 64) / 60);
}

#[test]
fn an_endpoint_that_is_down_costs_three_requests_a_minute_however_many_ask() {
    let mut desk = Desk::new();
    let mut sent = 0;
    for _ in 0..36_000 {
        let _ = desk.ask_anew();
        if let Some(exchange) = desk.exchange() {
            sent += 1;
            desk.finish(exchange, Err(Failure::new(Phase::Connect, FailureKind::Refused, "refused")));
        }
        desk.pass(SECOND / 10);
    }
    assert!((3 * 60..=3 * 66).contains(&sent), "{sent}");
}

#[test]
fn retry_after_is_waited_for_within_the_flight() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.finish(exchange, Ok(busy(Some("7"))));
    let delay = waits(desk.ask(&mut seat)).since(desk.now.monotonic);
    assert!(SECOND * 7 <= delay && delay < SECOND * 8, "{delay:?}");
}

#[test]
fn retry_after_that_has_passed_is_no_wait_and_garbage_is_none_at_all() {
    let half = SECOND / 2;
    for (retry_after, least, most) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Duration::ZERO, half / 4),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Duration::ZERO, half / 4),
        ("0", Duration::ZERO, half / 4),
        ("-7", half, half * 5 / 4),
        ("soon", half, half * 5 / 4),
    ] {
        let mut desk = Desk::new();
        let mut seat = Seat::default();
        let exchange = desk.send(&mut seat);
        desk.finish(exchange, Ok(busy(Some(retry_after))));
        let delay = waits(desk.ask(&mut seat)).since(desk.now.monotonic);
        assert!(least <= delay && delay < most, "{retry_after}: {delay:?}");
    }
}

#[test]
fn retry_after_as_a_date_is_waited_for_on_the_wall_clock() {
    let mut desk = Desk::new();
    desk.now.wall = SECOND * 784_111_770;
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.finish(exchange, Ok(busy(Some("Sun, 06 Nov 1994 08:49:37 GMT"))));
    let delay = waits(desk.ask(&mut seat)).since(desk.now.monotonic);
    assert!(SECOND * 7 <= delay && delay < SECOND * 8, "{delay:?}");
}

#[test]
fn retry_after_beyond_the_cap_is_reported_and_cooling_lasts_for_the_cap_alone() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.finish(exchange, Ok(busy(Some("3600"))));
    let error = fails(desk.ask(&mut seat));
    assert_eq!(error.retry_after(), Some(SECOND * 3600));
    desk.pass(SECOND * 60 - Duration::from_nanos(1));
    fails(desk.ask_anew());
    desk.pass(Duration::from_nanos(1));
    let _ = waits(desk.ask_anew());
}

#[test]
fn new_credentials_end_cooling_and_its_doubling() {
    let mut desk = Desk::new();
    desk.fail();
    desk.pass(SECOND);
    desk.fail();
    desk.machine.set_credentials(desk.now, credentials("new"));
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    assert!(exchange.transmit().request.body().ends_with(b"client_secret=new"));
    desk.finish(exchange, Ok(denial()));
    fails(desk.ask(&mut seat));
    desk.pass(SECOND);
    let _ = waits(desk.ask_anew());
}

#[test]
fn who_slept_through_its_flights_failure_gets_its_error_and_not_another_wait() {
    let mut desk = Desk::new();
    let mut sleeper = Seat::default();
    let exchange = desk.send(&mut sleeper);
    desk.finish(exchange, Ok(denial()));
    desk.pass(SECOND * 10);
    assert!(fails(desk.ask(&mut sleeper)).is_credentials());
}
