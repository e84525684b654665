//! The retries that the calls of one client have in common.

use super::*;

/// Calls of one client, one after the other at the same instant, each as far as its first pause or its end.
fn herd(run: &mut Run, calls: usize) -> Vec<Result<(), Error>> {
    let mut ended = Vec::new();
    for _ in 0..calls {
        run.call = Call::new(Get("/me"), Arc::clone(&run.call.config), run.now);
        run.answer(response(503, ""));
        match run.step() {
            Step::Sleep { .. } => {}
            Step::Done(result) => ended.push(result),
            other => panic!("{other:?}"),
        }
    }
    ended
}

#[test]
fn an_outage_costs_the_calls_of_a_client_a_hundred_retries_and_then_one_a_second() {
    let mut run = Run::new();
    assert!(herd(&mut run, 100).is_empty(), "each pauses before its next attempt");
    for _ in 0..10 {
        let errors = herd(&mut run, 20);
        assert_eq!(errors.len(), 20, "the others may not repeat theirs");
        run.pass(SECOND);
        assert_eq!(herd(&mut run, 20).len(), 19);
    }
    let stats = run.session.stats(run.now);
    assert_eq!((stats.retries, stats.retries_refused), (110, 390));
    assert_eq!(run.sent, 500, "the first attempt is everybody's own");
}

#[test]
fn a_call_that_the_budget_ends_says_so_and_keeps_what_happened() {
    let mut config = config();
    config.limits = Limits { retry_budget: 0, ..config.limits };
    let mut run = Run::of(Get("/me"), config);
    run.answer(response(503, r#"{"error":"not now"}"#));
    let error = run.error();
    assert!(error.is_budget_spent() && error.is_unavailable(), "{error}");
    let told = "GET https://api.test/api/m2m/v1/me was answered 503 Service Unavailable: not now; \
                not tried again: the client has spent its retry budget";
    assert_eq!(error.to_string(), told);
}

#[test]
fn why_a_call_was_not_tried_again_is_said_in_each_case() {
    let told = |mut run: Run, answers: usize, retry_after: Option<&str>| {
        for nth in 0..answers {
            run.answer(retry_after.map_or_else(|| response(503, ""), |asked| with_retry_after(503, asked)));
            if nth + 1 < answers {
                run.pause();
            }
        }
        let error = run.error();
        assert!(!error.is_budget_spent());
        error.to_string().split_once("; not tried again: ").unwrap().1.to_owned()
    };
    assert_eq!(told(Run::new(), 4, None), "4 attempts were made");
    let asked = "the server asked for 61s, which is longer than is waited for";
    assert_eq!(told(Run::new(), 1, Some("61")), asked);
    let late = told(Run::by(SECOND), 1, None);
    assert!(late.starts_with("the next attempt, in 1.") && late.ends_with("after the deadline"), "{late}");
}

#[test]
fn what_is_not_repeated_for_its_own_sake_says_nothing_of_retries_and_costs_none() {
    let mut run = Run::new();
    run.answer(response(403, ""));
    let error = run.error();
    assert!(!error.to_string().contains("not tried again"), "{error}");
    run.call = Call::new(Get("/me"), Arc::clone(&run.call.config), run.now);
    run.fail(Phase::Send, FailureKind::Stale);
    run.answer(response(401, ""));
    run.answer(response(200, "ok"));
    run.done().unwrap();
    assert_eq!(run.session.stats(run.now).retries, 0);
}

#[test]
fn a_pause_that_would_outlast_the_deadline_takes_nothing_from_others() {
    let mut config = config();
    config.limits = Limits { retry_budget: 1, ..config.limits };
    let mut run = Run::of(Get("/me"), config);
    run.call = run.call.with_deadline(run.now.monotonic + SECOND);
    run.answer(response(503, ""));
    assert!(!run.error().is_budget_spent());
    assert!(herd(&mut run, 1).is_empty());
    assert_eq!(herd(&mut run, 1).len(), 1);
}
