//! Tokens that the API refused.

use super::*;

/// A desk whose first token was refused already: its second one is within the gap, refused or not.
fn refused_once() -> (Desk, Arc<Bearer>) {
    let mut desk = Desk::new();
    let first = desk.fetch(300);
    assert_eq!(desk.refuse(&mut Seat::default(), &first), Refusal::Dropped);
    let second = desk.fetch(300);
    (desk, second)
}

#[test]
fn callers_refused_together_share_one_refresh() {
    let mut desk = Desk::new();
    let bearer = desk.fetch(300);
    let mut seats = vec![Seat::default(); 1000];
    let mut sent = Vec::new();
    for seat in &mut seats {
        desk.refuse(seat, &bearer);
        let _ = waits(desk.ask(seat));
        sent.extend(desk.exchange());
    }
    assert_eq!(sent.len(), 1);
    desk.grant(sent.pop().unwrap(), 300);
    for seat in &mut seats {
        assert_eq!(gets(desk.ask(seat)).token(), "t2");
    }
}

#[test]
fn a_refused_token_goes_to_nobody_else() {
    let mut desk = Desk::new();
    let bearer = desk.fetch(300);
    assert_eq!(desk.refuse(&mut Seat::default(), &bearer), Refusal::Dropped);
    assert!(desk.machine.bearer().is_none());
    let _ = waits(desk.ask_anew());
}

#[test]
fn a_refusal_of_a_token_that_was_replaced_changes_nothing() {
    let (mut desk, second) = refused_once();
    desk.pass(SECOND * 10);
    let mut late = Seat::default();
    late.refuse(Generation::FIRST.next());
    let version = desk.machine.version();
    assert_eq!(desk.machine.refuse(desk.now, Generation::FIRST.next()), Refusal::Stale);
    assert_eq!(desk.machine.version(), version);
    assert_eq!(gets(desk.ask(&mut late)), second, "there is a newer one: nothing to wait for");
    assert!(desk.exchange().is_none());
}

#[test]
fn a_second_refusal_within_the_gap_is_served_to_others_and_costs_one_fetch_at_the_gaps_end() {
    let (mut desk, second) = refused_once();
    let gap_end = desk.now.monotonic + SECOND * 5;
    desk.pass(SECOND * 2);
    let mut refused = Seat::default();
    assert_eq!(desk.refuse(&mut refused, &second), Refusal::Deferred(gap_end));
    assert_eq!(desk.refuse(&mut Seat::default(), &second), Refusal::Deferred(gap_end));
    assert_eq!(waits(desk.ask(&mut refused)), gap_end);
    assert_eq!(gets(desk.ask_anew()), *desk.machine.bearer().unwrap(), "others go on with it");
    assert!(desk.exchange().is_none());

    desk.pass(SECOND * 3);
    assert_eq!(gets(desk.ask_anew()).token(), "t2");
    let exchange = desk.exchange().unwrap();
    desk.grant(exchange, 300);
    assert_eq!(gets(desk.ask(&mut refused)).token(), "t3");
}

#[test]
fn an_api_that_refuses_everything_costs_one_token_a_gap() {
    let mut desk = Desk::new();
    let mut refusing = vec![Seat::default(); 10];
    // Ten minutes, ten callers, each starting over as soon as it was refused.
    for _ in 0..6000 {
        for seat in &mut refusing {
            let answer = desk.ask(seat);
            if let Some(exchange) = desk.exchange() {
                desk.grant(exchange, 300);
            }
            if let Acquire::Ready(bearer) = answer {
                *seat = Seat::default();
                desk.refuse(seat, &bearer);
            }
        }
        desk.pass(SECOND / 10);
    }
    assert!((120..=122).contains(&desk.issued), "{}", desk.issued);
}

#[test]
fn a_refusal_after_the_gap_costs_a_fetch_at_once() {
    let (mut desk, second) = refused_once();
    desk.pass(SECOND * 5);
    assert_eq!(desk.refuse(&mut Seat::default(), &second), Refusal::Dropped);
    let _ = waits(desk.ask_anew());
    assert!(desk.exchange().is_some());
}

#[test]
fn who_is_refused_while_a_renewal_is_out_waits_for_it() {
    let (mut desk, second) = refused_once();
    let renewal_due = desk.machine.live.as_ref().unwrap().renew_at.monotonic;
    desk.machine.last_refusal = Some(renewal_due);
    desk.pass_until(renewal_due);
    gets(desk.ask_anew());
    let renewal = desk.exchange().unwrap();
    let mut refused = Seat::default();
    assert_eq!(desk.refuse(&mut refused, &second), Refusal::Deferred(desk.now.monotonic));
    let _ = waits(desk.ask(&mut refused));
    assert!(desk.exchange().is_none());
    desk.grant(renewal, 300);
    assert_eq!(gets(desk.ask(&mut refused)).token(), "t3");
}

#[test]
fn new_credentials_do_not_shorten_the_gap() {
    let (mut desk, second) = refused_once();
    let mut refused = Seat::default();
    let Refusal::Deferred(gap_end) = desk.refuse(&mut refused, &second) else { panic!("within the gap") };
    desk.machine.set_credentials(desk.now, credentials("new"));
    assert_eq!(waits(desk.ask(&mut refused)), gap_end);
}

#[test]
fn who_got_its_token_from_one_flight_does_not_get_the_error_of_an_older_failure_when_it_is_refused() {
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    desk.grant(exchange, 300);
    let bearer = gets(desk.ask(&mut seat));
    desk.pass(SECOND * 280);
    gets(desk.ask_anew());
    let renewal = desk.exchange().unwrap();
    desk.finish(renewal, Ok(denial()));
    desk.pass(SECOND * 2);

    assert_eq!(desk.refuse(&mut seat, &bearer), Refusal::Dropped);
    let _ = waits(desk.ask(&mut seat));
    assert!(desk.exchange().is_some(), "cooling is over: there is a token to be had");
}
