//! The flight: who sends, who waits, and who takes over.

use super::*;
use crate::wire::{FailureKind, Phase};

/// Limits that let a flight make one request.
fn once() -> Limits {
    Limits { token_attempts: 1, ..Limits::default() }
}

#[test]
fn callers_at_once_share_one_exchange() {
    let mut desk = Desk::new();
    let mut seats = vec![Seat::default(); 1000];
    let mut sent = Vec::new();
    for seat in &mut seats {
        let _ = waits(desk.ask(seat));
        sent.extend(desk.exchange());
    }
    assert_eq!(sent.len(), 1);
    desk.grant(sent.pop().unwrap(), 300);
    for seat in &mut seats {
        assert_eq!(gets(desk.ask(seat)).token(), "t1");
    }
    assert!(desk.exchange().is_none());
}

#[test]
fn an_exchange_that_nobody_reports_on_is_taken_over_when_its_lease_ends() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let _forgotten = desk.send(&mut seat);
    let lease_end = waits(desk.ask(&mut seat));
    assert_eq!(lease_end.since(desk.now.monotonic), SECOND * 15);

    desk.pass(SECOND * 15 - Duration::from_nanos(1));
    assert!(desk.exchange().is_none(), "its lease has not ended");
    desk.pass_until(lease_end);
    let second = desk.exchange().unwrap();
    desk.grant(second, 300);
    gets(desk.ask(&mut seat));
}

#[test]
fn a_late_exchange_changes_nothing() {
    for answer in [grant("late", 300), denial(), busy(None)] {
        let mut desk = Desk::new();
        let mut seat = Seat::default();
        let late = desk.send(&mut seat);
        desk.pass(SECOND * 15);
        let second = desk.exchange().unwrap();
        let version = desk.machine.version();
        desk.finish(late, Ok(answer));
        assert_eq!(desk.machine.version(), version, "the second one is out, and alone counts");
        assert!(desk.machine.bearer().is_none());
        desk.grant(second, 300);
        assert_eq!(gets(desk.ask(&mut seat)).token(), "t1");
    }
}

#[test]
fn an_exchange_that_is_late_counts_as_long_as_none_has_taken_its_place() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let late = desk.send(&mut seat);
    desk.pass(SECOND * 100);
    desk.grant(late, 300);
    assert_eq!(gets(desk.ask(&mut seat)).token(), "t1");
    assert!(desk.exchange().is_none());
}

#[test]
fn abandoning_late_takes_nothing_from_the_one_that_took_over() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let late = desk.send(&mut seat);
    desk.pass(SECOND * 15);
    let second = desk.exchange().unwrap();
    desk.machine.abandon_exchange(desk.now, late);
    assert!(desk.exchange().is_none(), "the second one is out");
    desk.grant(second, 300);
    gets(desk.ask(&mut seat));
}

#[test]
fn a_flight_whose_every_exchange_is_lost_fails_as_a_timeout() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let mut sent = vec![desk.send(&mut seat)];
    for _ in 0..2 {
        desk.pass(SECOND * 15);
        sent.extend(desk.exchange());
    }
    assert_eq!(sent.len(), 3);
    desk.pass(SECOND * 15);
    assert!(desk.exchange().is_none());
    let error = fails(desk.ask(&mut seat));
    assert!(error.is_timeout() && error.is_unavailable() && !error.is_credentials(), "{error}");
    assert_eq!(error.limit(), Some("token_lease"));
}

#[test]
fn a_token_request_that_takes_too_long_is_told_by_its_own_limit() {
    for (phase, limit) in [(Phase::Wait, "token_timeout"), (Phase::Connect, "token_timeout")] {
        let mut desk = Desk::with(Config { limits: once(), ..config() });
        let mut seat = Seat::default();
        let exchange = desk.send(&mut seat);
        desk.finish(exchange, Err(Failure::new(phase, FailureKind::TimedOut, "too long")));
        let error = fails(desk.ask(&mut seat));
        assert_eq!(error.limit(), Some(limit));
        assert!(error.to_string().starts_with("the token endpoint could not be asked: "), "{error}");
        assert!(error.to_string().contains(": timed out (token_timeout, 10s)"), "{error}");
    }
}

#[test]
fn an_abandoned_exchange_is_due_a_second_after_it_was_sent_and_fails_nobody() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.pass(SECOND / 4);
    desk.machine.abandon_exchange(desk.now, exchange);
    let due = waits(desk.ask(&mut seat));
    assert_eq!(due.since(desk.now.monotonic), SECOND * 3 / 4, "what is always abandoned does not spin");
    assert!(desk.exchange().is_none());

    desk.pass_until(due);
    let again = desk.exchange().unwrap();
    desk.grant(again, 300);
    gets(desk.ask(&mut seat));
}

#[test]
fn an_exchange_abandoned_late_is_due_at_once() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.pass(SECOND * 9);
    desk.machine.abandon_exchange(desk.now, exchange);
    assert_eq!(waits(desk.ask(&mut seat)), desk.now.monotonic);
    assert!(desk.exchange().is_some());
}

#[test]
fn a_flight_makes_three_requests_half_a_second_and_a_second_apart() {
    for seed in 0..100 {
        let mut desk = Desk::seeded(config(), seed);
        let mut seat = Seat::default();
        let mut exchange = desk.send(&mut seat);
        for backoff in [SECOND / 2, SECOND] {
            desk.finish(exchange, Ok(busy(None)));
            let due = waits(desk.ask(&mut seat));
            let delay = due.since(desk.now.monotonic);
            assert!(backoff <= delay && delay < backoff * 5 / 4, "{seed}: {delay:?}");
            assert!(desk.exchange().is_none());
            desk.pass_until(due);
            exchange = desk.exchange().unwrap();
        }
        desk.finish(exchange, Ok(busy(None)));
        let error = fails(desk.ask(&mut seat));
        assert!(error.is_unavailable() && error.status().is_some_and(|status| status == 503), "{error}");
    }
}

#[test]
fn a_fault_of_the_network_is_tried_again_within_the_flight() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.finish(exchange, Err(Failure::new(Phase::Connect, FailureKind::Refused, "connection refused")));
    let due = waits(desk.ask(&mut seat));
    desk.pass_until(due);
    assert!(desk.exchange().is_some());
}

#[test]
fn a_pooled_connection_found_closed_is_replaced_without_a_backoff() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.finish(exchange, Err(Failure::new(Phase::Send, FailureKind::Stale, "closed")));
    let delay = waits(desk.ask(&mut seat)).since(desk.now.monotonic);
    assert!(delay < SECOND / 8, "{delay:?}");
}

#[test]
fn refused_credentials_end_the_flight_at_once() {
    for (status, code) in [(400, "invalid_client"), (401, "unauthorized_client"), (403, "access_denied")] {
        let mut desk = Desk::new();
        let mut seat = Seat::default();
        let exchange = desk.send(&mut seat);
        desk.finish(exchange, Ok(response(status, format!(r#"{{"error":"{code}"}}"#))));
        let error = fails(desk.ask(&mut seat));
        assert!(error.is_credentials() && !error.is_unavailable(), "{error}");
        assert_eq!((error.status().unwrap().as_u16(), error.code()), (status, Some(code)));
        assert!(desk.exchange().is_none());
    }
}

#[test]
fn an_answer_that_is_no_token_ends_the_flight_at_once() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.finish(exchange, Ok(response(200, "<html>sign in</html>")));
    let error = fails(desk.ask(&mut seat));
    assert!(error.is_decode() && error.to_string().contains("an HTML page"), "{error}");
}

#[test]
fn the_old_credentials_refusal_fails_nobody_who_can_have_the_new_ones() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let old = desk.send(&mut seat);
    desk.machine.set_credentials(desk.now, credentials("new"));
    assert!(desk.exchange().is_none(), "one exchange at a time, whoever it speaks for");
    desk.finish(old, Ok(denial()));
    let _ = waits(desk.ask(&mut seat));
    let new = desk.exchange().unwrap();
    assert!(new.transmit().request.body().ends_with(b"client_secret=new"));
    desk.grant(new, 300);
    gets(desk.ask(&mut seat));
}

#[test]
fn what_the_old_credentials_still_got_is_used() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let old = desk.send(&mut seat);
    desk.machine.set_credentials(desk.now, credentials("new"));
    desk.grant(old, 300);
    gets(desk.ask(&mut seat));
    assert!(desk.exchange().is_none());
}

#[test]
fn new_credentials_do_not_wait_out_the_old_ones_backoff() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.finish(exchange, Ok(busy(Some("30"))));
    desk.machine.set_credentials(desk.now, credentials("new"));
    assert!(desk.exchange().is_some());
}

#[test]
fn the_version_moves_with_every_outcome_and_only_then() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let start = desk.machine.version();
    let exchange = desk.send(&mut seat);
    assert_eq!(desk.machine.version(), start, "who waits learns nothing from a request being sent");
    desk.finish(exchange, Ok(busy(None)));
    let retried = desk.machine.version();
    assert_ne!(retried, start);
    desk.pass(SECOND);
    let exchange = desk.exchange().unwrap();
    desk.machine.abandon_exchange(desk.now, exchange);
    let abandoned = desk.machine.version();
    assert_ne!(abandoned, retried);
    desk.pass(SECOND);
    let exchange = desk.exchange().unwrap();
    desk.grant(exchange, 300);
    assert_ne!(desk.machine.version(), abandoned);
}

#[test]
fn credentials_read_anew_are_what_the_exchange_asks_with_and_fails_by() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let mut exchange = desk.send(&mut seat);
    desk.machine.renew_credentials(&mut exchange, credentials("read anew"));
    assert!(exchange.transmit().request.body().ends_with(b"client_secret=read+anew"));
    desk.finish(exchange, Ok(denial()));
    assert!(fails(desk.ask(&mut seat)).is_credentials(), "there are no newer ones to try");

    desk.pass(SECOND);
    let later = desk.send(&mut seat);
    assert!(later.transmit().request.body().ends_with(b"client_secret=read+anew"));
}

#[test]
fn credentials_read_anew_and_found_the_same_change_nothing() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let mut exchange = desk.send(&mut seat);
    let before = Arc::clone(&desk.machine.credentials);
    desk.machine.renew_credentials(&mut exchange, credentials(SECRET));
    assert!(Arc::ptr_eq(&desk.machine.credentials, &before));
}
