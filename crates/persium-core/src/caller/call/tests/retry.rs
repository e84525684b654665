//! What is tried again, when, and how often.

use super::*;

#[test]
fn throttling_and_faults_of_the_server_are_retried_at_one_two_and_four_seconds() {
    for status in [429, 500, 501, 502, 503, 504] {
        let mut run = Run::new();
        for base in [SECOND, SECOND * 2, SECOND * 4] {
            run.answer(response(status, ""));
            assert_backoff(run.pause(), base);
        }
        run.answer(response(status, r#"{"error":"not now"}"#));
        let error = run.error();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.message(), Some("not now"));
        assert_eq!(error.is_throttled(), status == 429);
        assert_eq!(error.is_unavailable(), status != 429);
        assert_eq!((run.sent, run.granted), (4, 1));
    }
}

#[test]
fn faults_of_the_network_are_retried_like_those_of_the_server() {
    for (phase, kind) in [
        (Phase::Resolve, FailureKind::Refused),
        (Phase::Connect, FailureKind::Refused),
        (Phase::Connect, FailureKind::TimedOut),
        (Phase::Tls, FailureKind::Interrupted),
        (Phase::Send, FailureKind::Interrupted),
        (Phase::Wait, FailureKind::Interrupted),
        (Phase::Body, FailureKind::Interrupted),
    ] {
        let mut run = Run::new();
        for base in [SECOND, SECOND * 2, SECOND * 4] {
            run.fail(phase, kind);
            assert_backoff(run.pause(), base);
        }
        run.fail(phase, kind);
        let error = run.error();
        assert_eq!(error.phase(), Some(phase));
        assert!(error.is_unavailable(), "{error}");
        assert_eq!(error.is_timeout(), kind == FailureKind::TimedOut);
        assert_eq!(run.sent, 4);
    }
}

#[test]
fn a_retry_that_goes_well_is_the_calls_result() {
    let mut run = Run::new();
    run.answer(response(503, ""));
    run.pause();
    run.answer(response(200, "ok"));
    run.done().unwrap();
}

#[test]
fn what_the_request_is_to_blame_for_is_not_retried() {
    for status in [400, 403, 404, 405, 409, 410, 422] {
        let mut run = Run::new();
        run.answer(response(status, r#"{"error":"no"}"#));
        let error = run.error();
        let predicates = (error.is_forbidden(), error.is_not_found(), error.is_bad_request());
        assert_eq!(predicates, (status == 403, status == 404, ![403, 404].contains(&status)), "{status}");
        assert!(!error.is_unauthorized() && !error.is_credentials() && !error.is_unavailable());
        assert_eq!((run.sent, run.granted), (1, 1));
    }
}

#[test]
fn a_redirect_is_an_error_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let mut run = Run::new();
        let mut answer = response(status, "");
        answer.headers_mut().insert(http::header::LOCATION, "https://evil.test/".parse().unwrap());
        run.answer(answer);
        let error = run.error();
        assert_eq!(error.status().unwrap(), status);
        assert!(
            error.to_string().ends_with(", which leads to another origin: https://evil.test/"),
            "{error}"
        );
        assert_eq!(run.sent, 1);
    }
}

#[test]
fn what_will_be_no_better_is_not_retried() {
    for (phase, kind) in [
        (Phase::Tls, FailureKind::Refused),
        (Phase::Tls, FailureKind::Invalid),
        (Phase::Proxy, FailureKind::Refused),
        (Phase::Wait, FailureKind::Invalid),
        (Phase::Body, FailureKind::TooLarge),
        (Phase::Wait, FailureKind::Canceled),
    ] {
        let mut run = Run::new();
        run.fail(phase, kind);
        let error = run.error();
        assert_eq!(error.phase(), Some(phase));
        assert_eq!(error.is_canceled(), kind == FailureKind::Canceled);
        assert_eq!(run.sent, 1);
    }
}

#[test]
fn a_stale_connection_is_replaced_at_once_and_not_counted() {
    let mut run = Run::new();
    run.fail(Phase::Send, FailureKind::Stale);
    let start = run.now;
    for base in [SECOND, SECOND * 2, SECOND * 4] {
        run.answer(response(503, ""));
        assert_backoff(run.pause(), base);
    }
    run.answer(response(200, "ok"));
    run.done().unwrap();
    assert_eq!(run.sent, 5);
    assert!(run.now.monotonic.since(start.monotonic) < SECOND * 9);
}

#[test]
fn stale_connections_without_end_end() {
    let mut run = Run::new();
    for _ in 0..4 {
        run.fail(Phase::Send, FailureKind::Stale);
    }
    for base in [SECOND, SECOND * 2, SECOND * 4] {
        run.fail(Phase::Send, FailureKind::Stale);
        assert_backoff(run.pause(), base);
    }
    run.fail(Phase::Send, FailureKind::Stale);
    assert!(run.error().is_unavailable());
    assert_eq!(run.sent, 8);
}

#[test]
fn retry_after_is_waited_for_in_seconds_and_as_a_date() {
    for retry_after in ["7", "Sun, 06 Nov 1994 08:49:44 GMT"] {
        let mut run = Run::new();
        run.answer(with_retry_after(429, retry_after));
        let pause = run.pause();
        assert!(SECOND * 7 <= pause && pause < SECOND * 8, "{retry_after}: {pause:?}");
        run.answer(response(200, "ok"));
        run.done().unwrap();
    }
}

#[test]
fn retry_after_that_has_passed_is_no_reason_to_wait_longer() {
    let mut run = Run::new();
    run.answer(with_retry_after(503, "Sun, 06 Nov 1994 08:00:00 GMT"));
    let pause = run.pause();
    assert!(pause < SECOND / 4, "{pause:?}");
}

#[test]
fn retry_after_that_makes_no_sense_counts_for_nothing() {
    let mut run = Run::new();
    run.answer(with_retry_after(503, "soon"));
    assert_backoff(run.pause(), SECOND);
}

#[test]
fn retry_after_beyond_the_cap_is_reported_and_not_waited_for() {
    let mut run = Run::new();
    run.answer(with_retry_after(503, "61"));
    let error = run.error();
    assert_eq!(error.retry_after(), Some(SECOND * 61));
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(run.sent, 1);
}

#[test]
fn retry_after_beyond_the_deadline_is_reported_at_once() {
    let mut run = Run::by(SECOND * 30);
    run.answer(with_retry_after(429, "30"));
    let error = run.error();
    assert!(error.is_throttled() && error.retry_after() == Some(SECOND * 30), "{error}");
}

#[test]
fn a_pause_that_would_outlast_the_deadline_is_not_begun() {
    let mut run = Run::by(SECOND);
    run.answer(response(503, ""));
    let error = run.error();
    assert!(error.is_unavailable() && !error.is_timeout(), "{error}");
    assert_eq!(error.status().unwrap(), 503);
}

#[test]
fn pauses_are_counted_as_retries_and_repetitions_at_once_are_not() {
    let mut run = Run::new();
    run.fail(Phase::Send, FailureKind::Stale);
    run.answer(response(401, ""));
    run.answer(response(503, ""));
    run.pause();
    run.answer(response(200, "ok"));
    run.done().unwrap();
    let stats = run.session.stats(run.now);
    assert_eq!((stats.retries, stats.refusals, stats.token_requests), (1, 1, 2));
}

#[test]
fn the_limits_are_the_configurations() {
    let mut config = config();
    config.limits = Limits { call_attempts: 2, call_backoff: SECOND * 10, ..config.limits };
    let mut run = Run::of(Get("/me"), config);
    run.answer(response(503, ""));
    assert_backoff(run.pause(), SECOND * 10);
    run.answer(response(503, ""));
    run.error();
}
