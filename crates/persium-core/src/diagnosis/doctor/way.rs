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
