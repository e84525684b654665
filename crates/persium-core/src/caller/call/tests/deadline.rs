//! What ends a call in time, and what its error says was being waited for.

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
}

#[test]
fn a_deadline_that_passes_while_it_waits_for_the_answer_says_so() {
    let mut run = Run::by(SECOND * 5);
    let transmit = run.transmit();
    assert_eq!(transmit.timeout_at.since(run.now.monotonic), SECOND * 5);
    run.pass(SECOND * 5);
    run.call.handle_outcome(Err(fault(Phase::Wait, FailureKind::TimedOut)));
    let error = run.error();
    assert!(error.is_timeout() && error.is_unavailable(), "{error}");
    assert_eq!(error.to_string(), "the call's deadline passed while it waited for the API's answer");
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
    let mut config = config();
    config.limits.call_timeout = SECOND * 1000;
    let mut run = Run::of(Get("/me"), config);
    for _ in 0..3 {
        run.fail(Phase::Body, FailureKind::TimedOut);
        run.pause();
    }
    run.fail(Phase::Body, FailureKind::TimedOut);
    let error = run.error();
    assert!(error.is_timeout() && error.phase() == Some(Phase::Body), "{error}");
    assert!(!error.to_string().contains("deadline"), "{error}");
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
