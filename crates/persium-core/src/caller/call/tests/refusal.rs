//! What a 401 does.

use super::*;

#[test]
fn a_refused_token_is_replaced_once() {
    let mut run = Run::new();
    run.answer(response(401, ""));
    let transmit = run.transmit();
    assert_eq!(transmit.request.headers()[AUTHORIZATION], "Bearer token-2");
    run.call.handle_outcome(Ok(response(200, "ok")));
    run.done().unwrap();
}

#[test]
fn a_refusal_is_told_where_no_error_tells_it() {
    let mut run = Run::new();
    for (status, is_told) in [(503, false), (401, true), (401, false)] {
        run.transmit();
        run.call.handle_outcome(Ok(response(status, "")));
        assert_eq!(run.call.is_refused(), is_told, "{status}");
        if status == 503 {
            run.pause();
        }
    }
    assert!(run.error().is_unauthorized() && !run.call.is_refused());
}

#[test]
fn a_second_refusal_is_the_calls_error() {
    let mut run = Run::new();
    run.answer(response(401, ""));
    run.answer(response(401, r#"{"error":"invalid token"}"#));
    let error = run.error();
    assert!(error.is_unauthorized() && !error.is_credentials(), "{error}");
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(error.message(), Some("invalid token"));
    assert_eq!((run.sent, run.granted), (2, 2));
    assert!(
        run.session.bearer().is_some(),
        "one refusal a call is reported: the second says nothing of the token"
    );
}

#[test]
fn the_repetition_is_not_counted_among_the_retries() {
    let mut run = Run::new();
    run.answer(response(503, ""));
    assert_backoff(run.pause(), SECOND);
    run.answer(response(401, ""));
    for base in [SECOND * 2, SECOND * 4] {
        run.answer(response(503, ""));
        assert_backoff(run.pause(), base);
    }
    run.answer(response(503, ""));
    assert!(run.error().is_unavailable());
    assert_eq!(run.sent, 5);
}

#[test]
fn a_token_that_was_replaced_meanwhile_costs_no_exchange() {
    let mut run = Run::new();
    run.transmit();
    let old = run.session.bearer().cloned().unwrap();
    let mut other = Run::new();
    std::mem::swap(&mut run.session, &mut other.session);
    other.granted = run.granted;
    other.session.refuse(other.now, &old);
    other.transmit();
    std::mem::swap(&mut run.session, &mut other.session);

    run.call.handle_outcome(Ok(response(401, "")));
    let transmit = run.transmit();
    assert_eq!(transmit.request.headers()[AUTHORIZATION], "Bearer token-2");
    assert_eq!(run.granted, 1, "by this call's doing");
}

/// A call refused within the gap: its token is the second, and the first was refused a moment ago.
fn refused_within_the_gap(deadline: Duration) -> Run {
    let mut run = Run::by(deadline);
    run.answer(response(401, ""));
    run.answer(response(200, "ok"));
    run.done().unwrap();
    run.pass(SECOND * 2);
    let config = Arc::clone(&run.call.config);
    run.call = Call::new(Get("/me"), config, run.now).with_deadline(run.now.monotonic + deadline);
    run.answer(response(401, ""));
    run
}

#[test]
fn refused_within_the_gap_it_waits_for_the_next_token() {
    let mut run = refused_within_the_gap(SECOND * 60);
    let Step::Await { until, .. } = run.step() else { panic!("the gap has not ended") };
    assert_eq!(until.since(run.now.monotonic), SECOND * 3);
    assert!(run.session.bearer().is_some(), "others go on with the token");
    run.pass(SECOND * 3);
    let transmit = run.transmit();
    assert_eq!(transmit.request.headers()[AUTHORIZATION], "Bearer token-3");
    run.call.handle_outcome(Ok(response(200, "ok")));
    run.done().unwrap();
}

#[test]
fn refused_within_a_gap_that_ends_after_its_deadline_it_ends_at_once() {
    let mut run = refused_within_the_gap(SECOND * 3);
    let error = run.error();
    assert!(error.is_unauthorized() && !error.is_timeout(), "{error}");
    assert_eq!(run.granted, 2);
}

#[test]
fn refused_as_its_time_is_up_it_says_so_and_still_reports_the_token() {
    let mut run = Run::by(SECOND * 5);
    run.transmit();
    run.pass(SECOND * 5);
    run.call.handle_outcome(Ok(response(401, "")));
    let error = run.error();
    assert!(error.is_unauthorized() && !error.is_timeout(), "there was no time for a fresh token: {error}");
    assert!(run.session.bearer().is_none(), "others are not to be refused, too");
}

#[test]
fn a_refusal_does_not_forgive_the_token_endpoints_failure() {
    let mut run = Run::new();
    run.transmit();
    run.kept = Some(Vec::new());
    run.call.handle_outcome(Ok(response(401, "")));
    let Step::Await { .. } = run.step() else { panic!("there is no token") };
    let exchange = run.kept.as_mut().unwrap().pop().unwrap();
    run.session.handle_exchange(run.now, exchange.finish(Ok(response(403, ""))));
    assert!(run.error().is_credentials());
}
