//! One step of the walk, as an adapter drives it.

use std::sync::Arc;

use super::check::Check;
use super::{Doctor, Probe};
use crate::caller::{Caller, Step};
use crate::error::Error;
use crate::session::Session;
use crate::time::{Now, Timestamp};
use crate::token::Bearer;
use crate::wire::{Failure, Response};

/// One step of a [`Doctor`]'s walk: a [`Caller`] that ends with a [`Check`].
#[derive(Debug)]
pub struct DoctorStep<'a> {
    doctor: &'a mut Doctor,
    begun: Now,
    deadline: Timestamp,
    probe: State,
}

#[derive(Debug)]
enum State {
    /// Not looked at yet.
    New,
    /// The runner is at it.
    Running(Probe),
}

impl<'a> DoctorStep<'a> {
    pub(super) fn new(doctor: &'a mut Doctor, now: Now) -> Self {
        let deadline = now.monotonic + doctor.config.limits().call_timeout;
        Self { doctor, begun: now, deadline, probe: State::New }
    }

    /// Begins with the probe. The check, where it takes no request.
    fn begin(&mut self, now: Now) -> Option<Check> {
        if let Some(check) = self.doctor.ready.pop_front() {
            return Some(check);
        }
        let probe = self.doctor.plan.pop_front()?;
        match self.doctor.start(now, &probe) {
            Some(check) => Some(check),
            None => {
                self.probe = State::Running(probe);
                None
            }
        }
    }

    fn done(&mut self, check: Check) -> Step<Check> {
        self.doctor.checks.push(check.clone());
        Step::Done(Ok(check))
    }
}

impl Caller for DoctorStep<'_> {
    type Output = Check;

    fn deadline(&self) -> Timestamp {
        self.deadline
    }

    fn poll_published(&mut self, _: Now, _: Option<&Arc<Bearer>>) -> Option<Step<Check>> {
        None
    }

    fn poll(&mut self, now: Now, _: &mut Session) -> Step<Check> {
        if let State::New = self.probe
            && let Some(check) = self.begin(now)
        {
            return self.done(check);
        }
        match self.doctor.runner.poll(now) {
            Step::Done(result) => {
                let State::Running(probe) = std::mem::replace(&mut self.probe, State::New) else {
                    return Step::Done(Err(Error::canceled()));
                };
                let took = now.monotonic.since(self.begun.monotonic);
                let check = self.doctor.conclude(now, probe, took, result);
                self.done(check)
            }
            Step::Transmit(transmit) => Step::Transmit(transmit),
            Step::Sleep { until } | Step::Await { until, .. } => Step::Sleep { until },
        }
    }

    fn handle_outcome(&mut self, outcome: Result<Response, Failure>) {
        self.doctor.runner.handle_outcome(outcome);
    }

    fn is_refused(&self) -> bool {
        self.doctor.runner.is_refused()
    }
}
