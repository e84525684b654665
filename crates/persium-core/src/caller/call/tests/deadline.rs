//! What ends a call in time, and what its error says was being waited for.

use std::error::Error as _;

use super::*;

#[test]
fn a_deadline_that_passes_while_it_waits_for_a_token_says_so() {
    let mut run = Run::by(SECOND * 5);
    run.kept = Some(Vec::new());
    let Step::Await { until, .. } = run.step() else { panic!("there is no token") };
    assert_eq!(until.since(run.now.monotonic), SECOND * 5, "not longer than the deadline");
    run.pass(SECOND * 5);
    let error = run.error();
    assert!(error.is_timeout() && error.is_unavailable(), "{error}");
    assert_eq!(error.to_string(), "the call's deadline passed while it waited for a token");
    assert_eq!(error.endpoint(), Some("GET https://api.test/api/m2m/v1/me"));
    assert_eq!(error.limit(), Some("call_timeout"));
    assert!(error.source().is_none(), "nothing had gone wrong");
}

#[test]
fn a_deadline_that_passes_while_the_token_is_asked_for_again_tells_why_it_was() {
    let mut run = Run::by(SECOND * 5);
    run.kept = Some(Vec::new());
    let Step::Await { .. } = run.step() else { panic!("there is no token") };
    let exchange = run.kept.as_mut().unwrap().pop().unwrap();
    run.session.handle_exchange(run.now, exchange.finish(Ok(with_retry_after(503, "30"))));
    let Step::Await { .. } = run.step() else { panic!("the pause is longer than its deadline") };
    run.pass(SECOND * 5);
    let error = run.error();
    assert_eq!(error.to_string(), "the call's deadline passed while it waited for a token");
    assert!(error.source().unwrap().to_string().ends_with("was answered 503 Service Unavailable"));
}

#[test]
fn a_deadline_that_passes_after_a_token_request_was_lost_tells_of_that() {
    let mut run = Run::by(SECOND * 20);
    run.kept = Some(Vec::new());
    for wait in [15, 5] {
        let Step::Await { .. } = run.step() else { panic!("nobody reports on the exchange") };
        run.pass(SECOND * wait);
    }
    let error = run.error();
    let lost = "the token endpoint was asked, and nothing more was heard of it (token_lease, 15s)";
    assert_eq!(error.source().unwrap().to_string(), lost);
}

#[test]
fn a_deadline_that_passes_before_it_may_be_sent_does_not_blame_the_token() {
    let mut run = Run::new();
    run.answer(response(200, "ok"));
    run.done().unwrap();
    let config = Arc::clone(&run.call.config);
    run.call = Call::new(Get("/me"), config, run.now).with_deadline(run.now.monotonic + SECOND * 5);
    run.pass(SECOND * 5);
    let error = run.error();
    assert_eq!(error.to_string(), "the call's deadline passed while it waited for others' requests to end");
}

#[test]
fn a_deadline_that_passes_while_it_waits_for_the_answer_says_how_far_that_came() {
    for (phase, text) in [
        (Phase::Connect, "the call's deadline passed while it waited for the API's answer: connecting"),
        (Phase::Wait, "the call's deadline passed while it waited for the API's answer"),
        (
            Phase::Body,
            "the call's deadline passed while it waited for the API's answer: reading the response's body",
        ),
    ] {
        let mut run = Run::by(SECOND * 5);
        let transmit = run.transmit();
        assert_eq!(transmit.timeout_at.since(run.now.monotonic), SECOND * 5);
        run.pass(SECOND * 5);
        run.call.handle_outcome(Err(fault(phase, FailureKind::TimedOut)));
        let error = run.error();
        assert!(error.is_timeout() && error.is_unavailable(), "{error}");
        assert_eq!(error.to_string(), text);
        assert_eq!((error.phase(), error.limit()), (Some(phase), Some("call_timeout")));
        assert_eq!(error.source().unwrap().to_string(), "as the transport put it");
    }
}

#[test]
fn a_connection_that_is_not_open_in_its_own_time_is_not_the_deadlines_doing() {
    let mut run = Run::by(SECOND * 15);
    run.transmit();
    run.pass(SECOND * 10);
    run.call.handle_outcome(Err(fault(Phase::Tls, FailureKind::TimedOut)));
    assert_backoff(run.pause(), SECOND);
    run.fail(Phase::Connect, FailureKind::Refused);
    run.pause();
    let transmit = run.transmit();
    assert!(transmit.timeout_at.since(run.now.monotonic) < SECOND * 10, "no time for the connection's limit");
}

#[test]
fn an_answer_that_is_never_reported_does_not_outlast_the_deadline() {
    let mut run = Run::by(SECOND * 5);
    run.transmit();
    run.pass(SECOND * 5);
    let error = run.error();
    assert_eq!(error.to_string(), "the call's deadline passed while it waited for the API's answer");
}

#[test]
fn a_deadline_that_passes_while_it_waits_to_try_again_says_so() {
    let mut run = Run::by(SECOND * 5);
    run.answer(response(503, ""));
    let Step::Sleep { .. } = run.step() else { panic!("there is time for a retry") };
    run.pass(SECOND * 5);
    let error = run.error();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.to_string(), "the call's deadline passed while it waited to try again");
    assert!(error.source().unwrap().to_string().ends_with("was answered 503 Service Unavailable"));
}

#[test]
fn an_answer_that_came_in_time_is_the_result_however_late_it_is_looked_at() {
    let mut run = Run::by(SECOND * 5);
    run.answer(response(200, "ok"));
    run.pass(SECOND * 100);
    run.done().unwrap();
}

#[test]
fn an_error_that_came_as_time_was_up_says_more_than_that_time_was_up() {
    for (phase, kind) in [
        (Phase::Tls, FailureKind::Refused),
        (Phase::Connect, FailureKind::Refused),
        (Phase::Send, FailureKind::Stale),
    ] {
        let mut run = Run::by(SECOND * 5);
        run.transmit();
        run.pass(SECOND * 5);
        run.call.handle_outcome(Err(fault(phase, kind)));
        let error = run.error();
        assert_eq!(error.phase(), Some(phase), "{error}");
    }
    let mut run = Run::by(SECOND * 5);
    run.transmit();
    run.pass(SECOND * 5);
    run.call.handle_outcome(Ok(response(503, "")));
    assert_eq!(run.error().status().unwrap(), 503);
}

#[test]
fn an_attempt_has_twenty_seconds_and_is_then_retried() {
    let mut run = Run::new();
    for base in [SECOND, SECOND * 2] {
        let transmit = run.transmit();
        assert_eq!(transmit.timeout_at.since(run.now.monotonic), SECOND * 20);
        run.pass(SECOND * 20);
        run.call.handle_outcome(Err(fault(Phase::Wait, FailureKind::TimedOut)));
        assert_backoff(run.pause(), base);
    }
    let transmit = run.transmit();
    let left = transmit.timeout_at.since(run.now.monotonic);
    assert!(left < SECOND * 17, "the deadline cuts it short: {left:?}");
    run.pass(left);
    run.call.handle_outcome(Err(fault(Phase::Wait, FailureKind::TimedOut)));
    assert!(run.error().to_string().contains("the call's deadline passed"));
}

#[test]
fn an_attempt_that_times_out_for_the_last_time_says_how_far_it_got() {
    for (phase, limit, text) in [
        (
            Phase::Body,
            "attempt_timeout",
            "the API could not be asked: reading the response's body: timed out (attempt_timeout, 20s); \
             not tried again: 4 attempts were made",
        ),
        (
            Phase::Connect,
            "connect_timeout",
            "the API could not be asked: connecting: timed out (connect_timeout, 10s); \
             not tried again: 4 attempts were made",
        ),
    ] {
        let mut config = config();
        config.limits.call_timeout = SECOND * 1000;
        let mut run = Run::of(Get("/me"), config);
        for _ in 0..3 {
            run.fail(phase, FailureKind::TimedOut);
            run.pause();
        }
        run.fail(phase, FailureKind::TimedOut);
        let error = run.error();
        assert!(error.is_timeout() && error.phase() == Some(phase), "{error}");
        assert_eq!((error.limit(), error.to_string().as_str()), (Some(limit), text));
    }
}

#[test]
fn a_call_has_sixty_seconds_unless_told_otherwise() {
    let run = Run::new();
    assert_eq!(run.call.deadline().since(run.now.monotonic), SECOND * 60);
    assert_eq!(Run::by(SECOND * 7).call.deadline().since(run.now.monotonic), SECOND * 7);
}

#[test]
fn a_call_whose_deadline_has_passed_sends_nothing() {
    let mut warm = Run::new();
    warm.answer(response(200, "ok"));
    warm.done().unwrap();
    let config = Arc::clone(&warm.call.config);
    warm.call = Call::new(Get("/me"), config, warm.now).with_deadline(warm.now.monotonic);
    let error = warm.error();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(warm.sent, 1);
}
