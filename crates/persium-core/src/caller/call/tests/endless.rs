//! Limits of any length, `Duration::MAX` among them: whatever comes back, no time overflows, here or in an adapter.

use proptest::prelude::*;

use super::*;

/// Short ones, long ones, and those that are written for "no limit".
fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        (0..100_u64).prop_map(Duration::from_secs),
        any::<u64>().prop_map(Duration::from_nanos),
        any::<u64>().prop_map(Duration::from_secs),
        (0..4_u32).prop_map(|less| Duration::MAX - SECOND * less),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    prop::collection::vec(duration(), 14).prop_map(|durations| {
        let mut limits = Limits::default();
        let all = [
            &mut limits.call_timeout,
            &mut limits.attempt_timeout,
            &mut limits.connect_timeout,
            &mut limits.call_backoff,
            &mut limits.retry_refill,
            &mut limits.retry_after_cap,
            &mut limits.token_timeout,
            &mut limits.token_backoff,
            &mut limits.token_lease,
            &mut limits.renewal_margin,
            &mut limits.leeway,
            &mut limits.min_use,
            &mut limits.refusal_gap,
            &mut limits.cooling,
        ];
        for (limit, duration) in all.into_iter().zip(durations) {
            *limit = duration;
        }
        // What fits together, or most of them would be refused.
        let shortest = Duration::from_nanos(1);
        for limit in [&mut limits.call_timeout, &mut limits.attempt_timeout, &mut limits.connect_timeout] {
            *limit = (*limit).max(shortest);
        }
        for limit in [&mut limits.min_use, &mut limits.refusal_gap, &mut limits.cooling] {
            *limit = (*limit).max(shortest);
        }
        limits.token_timeout = limits.token_timeout.max(shortest).min(Duration::MAX - shortest);
        limits.token_lease = limits.token_lease.max(limits.token_timeout + shortest);
        limits.max_cooling = Duration::MAX;
        limits
    })
}

/// What either endpoint says.
fn reply() -> impl Strategy<Value = Result<Response, FailureKind>> {
    let failure = prop::sample::select(vec![FailureKind::TimedOut, FailureKind::Interrupted]);
    prop_oneof![
        1 => Just(Ok(response(200, "ok"))),
        2 => Just(Ok(response(401, ""))),
        2 => Just(Ok(response(503, ""))),
        2 => any::<u64>().prop_map(|seconds| Ok(with_retry_after(503, &seconds.to_string()))),
        2 => failure.prop_map(Err),
    ]
}

/// What a transport is given for a request is what it can add to any clock of its own.
fn assert_can_be_added(now: Now, timeout_at: Timestamp) {
    let timeout = timeout_at.since(now.monotonic);
    assert!(timeout <= Limits::LONGEST, "{timeout:?}");
}

proptest! {
    #[test]
    fn no_limit_is_too_long(
        limits in limits(),
        deadline in prop::option::of(duration()),
        replies in prop::collection::vec(reply(), 0..12),
    ) {
        let config = Config::builder()
            .token_url("https://id.test/token")
            .api_base_url("https://api.test")
            .client_id("station-reader")
            .client_secret("s3cret")
            .limits(limits);
        let mut run = Run::of(Get("/me"), config.build().expect("limits that fit together"));
        run.kept = Some(Vec::new());
        if let Some(deadline) = deadline {
            run.call = run.call.with_deadline(run.now.monotonic + deadline);
        }
        let mut replies = replies.into_iter();
        let mut steps = 0;
        loop {
            steps += 1;
            prop_assert!(steps < 1000, "it has no end");
            let until = match run.poll() {
                Step::Done(_) => break,
                Step::Transmit(transmit) => {
                    assert_can_be_added(run.now, transmit.timeout_at);
                    let reply = replies.next().unwrap_or_else(|| Ok(response(200, "ok")));
                    run.call.handle_outcome(reply.map_err(|kind| fault(Phase::Wait, kind)));
                    continue;
                }
                Step::Await { until, .. } | Step::Sleep { until } => until,
            };
            let Some(exchange) = run.kept.as_mut().and_then(Vec::pop) else {
                run.pass(until.since(run.now.monotonic));
                continue;
            };
            assert_can_be_added(run.now, exchange.transmit().timeout_at);
            let reply = match replies.next() {
                Some(Ok(reply)) if reply.status() != 200 => Ok(reply),
                Some(Err(kind)) => Err(fault(Phase::Wait, kind)),
                _ => Ok(response(200, r#"{"access_token":"token","expires_in":300}"#)),
            };
            run.session.handle_exchange(run.now, exchange.finish(reply));
        }
    }
}
