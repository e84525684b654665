//! The way to a server: what one request without credentials tells of it, stage by stage.

use std::time::Duration;

use super::check::{Check, Outcome, Stage};
use super::conclude::with_cause;
use super::runner::Reached;
use super::{Doctor, Probe};
use crate::error::{Error, Peer};
use crate::wire::{Phase, Timeline};

/// The way, in order: each stage with the phase it is told by.
const WAY: [(Stage, Phase); 5] = [
    (Stage::Dns, Phase::Resolve),
    (Stage::Connection, Phase::Connect),
    (Stage::Proxy, Phase::Proxy),
    (Stage::Tls, Phase::Tls),
    (Stage::Answer, Phase::Send),
];

/// How a server was asked.
struct Way {
    host: String,
    is_https: bool,
    /// What the transport tells of it.
    timeline: Option<Timeline>,
}

impl Doctor {
    /// Takes what came of it; `took` is how long all of it took.
    pub(super) fn reached(&mut self, peer: Peer, reached: &Reached, took: Duration) -> Check {
        let whose = subject(peer);
        self.known.clocks.extend(reached.times.map(|(theirs, ours)| (whose, theirs, ours)));
        let way = self.way(peer);
        let answer = Check::new(
            Stage::Answer,
            Outcome::Passed,
            format!("it answers {}, asked without a token", reached.status),
        );
        // Of a transport that does not tell, the answer has the time of all.
        let answer = answer.taking(way.took_to_answer().unwrap_or(took));
        let before = WAY.iter().filter(|(stage, _)| *stage != Stage::Answer);
        let checks = before.map(|(stage, phase)| way.stage(*stage, *phase)).chain([answer]);
        self.tell(checks.map(|check| check.of(whose)).collect())
    }

    pub(super) fn unreached(&mut self, peer: Peer, error: Error, took: Duration) -> Check {
        let whose = subject(peer);
        let way = self.way(peer);
        let phase = error.phase().unwrap_or(Phase::Connect);
        let at = WAY.iter().rposition(|(_, its)| *its <= phase).unwrap_or_default();
        // What was not timed may not have been there: an address has no name to look up.
        let before = WAY[..at].iter().filter(|(_, phase)| way.took(*phase).is_some());
        let mut checks: Vec<_> = before.map(|(stage, phase)| way.stage(*stage, *phase)).collect();
        let failed = Check::new(WAY[at].0, Outcome::Failed, with_cause(&error));
        let its_own = if phase < Phase::Send { way.took(phase) } else { way.took_to_answer() };
        checks.push(failed.taking(its_own.unwrap_or(took)));
        self.give_up_on(peer, phase);
        self.fail(error);
        self.tell(checks.into_iter().map(|check| check.of(whose)).collect())
    }

    /// What cannot be asked any more. A server that was reached, and answered badly, may answer something else.
    fn give_up_on(&mut self, peer: Peer, phase: Phase) {
        if phase >= Phase::Send {
            return;
        }
        self.known.unreachable.push(peer);
        if peer == Peer::TokenEndpoint {
            self.plan.retain(|probe| !matches!(probe, Probe::Token));
            self.skip([Stage::Token, Stage::Claims], "the token endpoint cannot be reached");
        }
    }

    /// The first of them; the others come before everything else.
    fn tell(&mut self, checks: Vec<Check>) -> Check {
        for check in checks.into_iter().rev() {
            self.ready.push_front(check);
        }
        self.ready.pop_front().expect("a way has stages")
    }

    fn way(&self, peer: Peer) -> Way {
        let uri = match peer {
            Peer::TokenEndpoint => self.config.token_url(),
            Peer::Api => self.config.api_base_url(),
        };
        Way {
            host: uri.host().unwrap_or_default().to_owned(),
            is_https: uri.scheme_str() == Some("https"),
            timeline: self.runner.timeline().cloned(),
        }
    }
}

impl Way {
    fn took(&self, phase: Phase) -> Option<Duration> {
        self.timeline.as_ref()?.took(phase)
    }

    /// From the request on.
    fn took_to_answer(&self) -> Option<Duration> {
        let phases = [Phase::Send, Phase::Wait, Phase::Body];
        phases.into_iter().filter_map(|phase| self.took(phase)).reduce(|sum, took| sum + took)
    }

    /// A stage that was passed, or that there was not.
    fn stage(&self, stage: Stage, phase: Phase) -> Check {
        match (&self.timeline, self.took(phase)) {
            (Some(_), Some(took)) => Check::new(stage, Outcome::Passed, self.passed(stage)).taking(took),
            (None, _) if stage != Stage::Tls || self.is_https => {
                Check::new(stage, Outcome::Passed, self.passed(stage))
            }
            _ => Check::new(stage, Outcome::Skipped, self.skipped(stage)),
        }
    }

    fn passed(&self, stage: Stage) -> String {
        let host = &self.host;
        let is_tunneled = self.took(Phase::Proxy).is_some();
        match stage {
            Stage::Dns if is_tunneled => format!("the proxy is found; to find {host} is up to it"),
            Stage::Dns => format!("{host} is found"),
            Stage::Connection if is_tunneled => "the proxy accepts connections".to_owned(),
            Stage::Connection => format!("{host} accepts connections"),
            Stage::Proxy if self.timeline.is_none() => "there is none, or it lets us through".to_owned(),
            Stage::Proxy => format!("it lets us through to {host}"),
            _ => "the certificate holds".to_owned(),
        }
    }

    fn skipped(&self, stage: Stage) -> &'static str {
        let is_opened = self.took(Phase::Connect).is_some();
        match stage {
            Stage::Tls if !self.is_https => "plain http, to this machine alone",
            _ if !is_opened => "a connection was open already",
            Stage::Dns => "an address needs no name to be looked up",
            _ => "there is none",
        }
    }
}

fn subject(peer: Peer) -> &'static str {
    match peer {
        Peer::TokenEndpoint => "token endpoint",
        Peer::Api => "API",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::caller::{Caller, Step};
    use crate::config::Config;
    use crate::diagnosis::doctor::Examination;
    use crate::session::Session;
    use crate::time::{Now, Timestamp};
    use crate::wire::{Failure, FailureKind, Response};

    const NOW: Now = Now { monotonic: Timestamp::ZERO, wall: Duration::from_secs(1_795_428_000) };

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// What is told of the way to the token endpoint, by a transport that does so with the outcome.
    fn way(outcome: impl FnOnce(Timeline) -> Result<Response, Failure>) -> Vec<Check> {
        let config = Config::builder()
            .token_url("https://sso.persium.example/realms/acme/protocol/openid-connect/token")
            .api_base_url("https://api.persium.example/api/m2m/v1")
            .client_id("acme")
            .client_secret("s3cret")
            .build()
            .unwrap();
        let config = Arc::new(config);
        let mut session = Session::new(&config, 7);
        let mut doctor = Doctor::new(config, Examination::default());
        let (mut outcome, mut way) = (Some(outcome), Vec::new());
        while let Some(mut step) = doctor.next_step(NOW) {
            let check = loop {
                match step.poll(NOW, &mut session) {
                    Step::Transmit(transmit) => {
                        let asked = transmit.request.extensions().get::<Timeline>().cloned();
                        let Some(outcome) = outcome.take() else { return way };
                        step.handle_outcome(outcome(asked.expect("it is asked for")));
                    }
                    Step::Done(check) => break check.unwrap(),
                    Step::Await { .. } | Step::Sleep { .. } => return way,
                }
            };
            way.extend(Some(check).filter(|check| check.subject.is_some()));
        }
        way
    }

    fn told(way: &[Check]) -> Vec<(Stage, Outcome, Option<Duration>)> {
        way.iter().map(|check| (check.stage, check.outcome, check.took)).collect()
    }

    use Outcome::{Failed, Passed, Skipped};
    use Stage::{Answer, Connection, Dns, Proxy, Tls};

    #[test]
    fn a_connection_that_was_open_already_took_no_time_to_open() {
        let way = way(|timeline| timeline.tell(Ok(Response::new(Bytes::new())), ms(7)));
        let skipped = [Dns, Connection, Proxy, Tls].map(|stage| (stage, Skipped, None));
        assert_eq!(told(&way), [&skipped[..], &[(Answer, Passed, Some(ms(7)))]].concat());
        assert!(way[..4].iter().all(|check| check.detail == "a connection was open already"), "{way:?}");
    }

    #[test]
    fn each_stage_has_the_time_of_its_phase() {
        let way = way(|mut timeline| {
            for (phase, at) in
                [(Phase::Resolve, 5), (Phase::Connect, 20), (Phase::Tls, 50), (Phase::Wait, 90)]
            {
                timeline.on_ended(phase, ms(at));
            }
            timeline.tell(Ok(Response::new(Bytes::new())), ms(100))
        });
        let there = [
            (Dns, Passed, Some(ms(5))),
            (Connection, Passed, Some(ms(15))),
            (Proxy, Skipped, None),
            (Tls, Passed, Some(ms(30))),
            (Answer, Passed, Some(ms(50))),
        ];
        assert_eq!(told(&way), there);
        assert_eq!(way[2].detail, "there is none");
    }

    #[test]
    fn a_failure_has_the_time_of_its_phase_and_nothing_is_made_up_before_it() {
        let failed = |phase| Failure::new(phase, FailureKind::TimedOut, "too late");
        let slow = way(|mut timeline| {
            timeline.on_ended(Phase::Connect, ms(20));
            timeline.tell(Err(failed(Phase::Tls)), ms(10_020))
        });
        let ten_seconds = Some(ms(10_000));
        assert_eq!(told(&slow), [(Connection, Passed, Some(ms(20))), (Tls, Failed, ten_seconds)]);
        let silent = way(|timeline| timeline.tell(Err(failed(Phase::Wait)), ms(30_000)));
        assert_eq!(told(&silent)[0], (Answer, Failed, Some(ms(30_000))));
    }

    #[test]
    fn a_transport_that_does_not_tell_leaves_the_time_of_all_to_the_answer() {
        let way = way(|_| Ok(Response::new(Bytes::new())));
        let passed = [Dns, Connection, Proxy, Tls].map(|stage| (stage, Passed, None));
        assert_eq!(told(&way), [&passed[..], &[(Answer, Passed, Some(Duration::ZERO))]].concat());
        assert_eq!(way[2].detail, "there is none, or it lets us through");
    }
}
