//! Calls by script: what comes back, and when, is drawn; what the call then does is told beforehand.

use proptest::prelude::*;

use super::*;
use crate::retry::Jitter;

/// What the API does with a request.
#[derive(Clone, Copy, Debug)]
enum Reply {
    Good,
    Unreadable,
    Status(u16),
    RetryAfter(u64),
    Fault(Phase, FailureKind),
    Stale,
    Silence,
}

/// One attempt: what becomes of it, after how many seconds.
type Attempt = (Reply, u64);

/// How a call ends.
#[derive(Debug, Eq, PartialEq)]
enum End {
    Well,
    Unreadable,
    Unauthorized,
    Status(u16),
    Fault(Phase),
    Deadline,
}

/// When requests are sent, in seconds from the start, and how it ends.
type Story = (Vec<u64>, End);

fn reply() -> impl Strategy<Value = Reply> {
    use FailureKind::{Interrupted, Invalid, Refused};
    prop_oneof![
        1 => Just(Reply::Good),
        1 => Just(Reply::Unreadable),
        4 => prop::sample::select(vec![429, 500, 502, 503]).prop_map(Reply::Status),
        2 => prop::sample::select(vec![400, 403, 404, 302]).prop_map(Reply::Status),
        3 => Just(Reply::Status(401)),
        2 => (0..90_u64).prop_map(Reply::RetryAfter),
        3 => Just(Reply::Fault(Phase::Connect, Refused)),
        2 => Just(Reply::Fault(Phase::Body, Interrupted)),
        1 => Just(Reply::Fault(Phase::Tls, Refused)),
        1 => Just(Reply::Fault(Phase::Wait, Invalid)),
        3 => Just(Reply::Stale),
        2 => Just(Reply::Silence),
    ]
}

/// The oracle: the rules of retrying in a straight line. Who is not scripted answers well.
fn told(script: &[Attempt], deadline: u64) -> Story {
    let mut sent = Vec::new();
    let (mut now, mut retries, mut stale, mut refused) = (0, 0, 0, false);
    let mut attempts = script.iter().copied().chain(std::iter::repeat((Reply::Good, 0)));
    loop {
        sent.push(now);
        let (mut reply, after) = attempts.next().expect("there is no end of them");
        let timeout = deadline.min(now + 20);
        if timeout <= now + after || matches!(reply, Reply::Silence) {
            reply = Reply::Silence;
            now = timeout;
        } else {
            now += after;
        }
        let (pause, end) = match reply {
            Reply::Good => return (sent, End::Well),
            Reply::Unreadable => return (sent, End::Unreadable),
            Reply::Status(401) if refused => return (sent, End::Unauthorized),
            Reply::Status(401) => {
                refused = true;
                continue;
            }
            Reply::Stale if stale < 4 => {
                stale += 1;
                continue;
            }
            Reply::Status(status @ (429 | 500..)) => (1 << retries, End::Status(status)),
            Reply::Status(status) => return (sent, End::Status(status)),
            Reply::RetryAfter(seconds) if 60 < seconds => return (sent, End::Status(503)),
            Reply::RetryAfter(seconds) => (seconds, End::Status(503)),
            Reply::Fault(phase @ (Phase::Tls | Phase::Wait), _) => return (sent, End::Fault(phase)),
            Reply::Fault(phase, _) => (1 << retries, End::Fault(phase)),
            Reply::Stale => (1 << retries, End::Fault(Phase::Send)),
            Reply::Silence if now == deadline => return (sent, End::Deadline),
            Reply::Silence => (1 << retries, End::Fault(Phase::Wait)),
        };
        if retries == 3 || deadline <= now + pause {
            return (sent, end);
        }
        retries += 1;
        now += pause;
    }
}

fn outcome(reply: Reply) -> Result<Response, Failure> {
    match reply {
        Reply::Good => Ok(response(200, "ok")),
        Reply::Unreadable => Ok(response(200, "no")),
        Reply::Status(status) => Ok(response(status, "")),
        Reply::RetryAfter(seconds) => Ok(with_retry_after(503, &seconds.to_string())),
        Reply::Fault(phase, kind) => Err(fault(phase, kind)),
        Reply::Stale => Err(fault(Phase::Send, FailureKind::Stale)),
        Reply::Silence => Err(fault(Phase::Wait, FailureKind::TimedOut)),
    }
}

/// What the call does. It is polled early wherever it may be.
fn done(script: &[Attempt], deadline: u64) -> Story {
    let mut run = Run::by(SECOND * u32::try_from(deadline).unwrap());
    let start = run.now.monotonic;
    let mut attempts = script.iter().copied().chain(std::iter::repeat((Reply::Good, 0)));
    let mut sent = Vec::new();
    loop {
        run.session.jitter = Jitter::none();
        match run.step() {
            Step::Done(result) => return (sent, end_of(result)),
            Step::Await { .. } => panic!("tokens come at once"),
            Step::Sleep { until } => {
                let half = until.since(run.now.monotonic) / 2;
                run.pass(half);
                let again = run.step();
                if half > Duration::ZERO {
                    assert!(matches!(again, Step::Sleep { until: same } if same == until), "{again:?}");
                    run.pass(until.since(run.now.monotonic));
                }
            }
            Step::Transmit(transmit) => {
                sent.push(run.now.monotonic.since(start).as_secs());
                let (reply, after) = attempts.next().expect("there is no end of them");
                let left = transmit.timeout_at.since(run.now.monotonic);
                let after = SECOND * u32::try_from(after).unwrap();
                let reply = if left <= after { Reply::Silence } else { reply };
                run.pass(if matches!(reply, Reply::Silence) { left } else { after });
                run.call.handle_outcome(outcome(reply));
            }
        }
    }
}

fn end_of(result: Result<(), Error>) -> End {
    match result {
        Ok(()) => End::Well,
        Err(error) if error.is_decode() => End::Unreadable,
        Err(error) if error.is_unauthorized() => End::Unauthorized,
        Err(error) if error.limit() == Some("call_timeout") => End::Deadline,
        Err(error) => match (error.status(), error.phase()) {
            (Some(status), _) => End::Status(status.as_u16()),
            (None, Some(phase)) => End::Fault(phase),
            (None, None) => panic!("it rests on nothing: {error}"),
        },
    }
}

proptest! {
    #[test]
    fn a_call_does_what_the_rules_say_whatever_comes_back(
        script in prop::collection::vec((reply(), 0..25_u64), 0..12),
        deadline in 1..150_u64,
    ) {
        prop_assert_eq!(done(&script, deadline), told(&script, deadline));
    }
}
