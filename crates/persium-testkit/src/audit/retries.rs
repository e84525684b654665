//! Repetitions of requests that failed.

use std::collections::HashMap;
use std::time::Duration;

use persium_core::Timestamp;

use super::{Outcome, Sighting};
use crate::route::Route;

/// One attempt and three retries: what follows may be another call.
const ATTEMPTS: usize = 4;
/// Failures in a row, each soon after the last, that no policy of ours explains.
const MANY: usize = 20;
const APART: Duration = Duration::from_millis(500);
/// Clocks that tick coarsely, on either side, see pauses a little shorter than they were.
const TICK: Duration = Duration::from_millis(20);
/// A `Retry-After` beyond this need not be waited for.
const RETRY_AFTER_MAX: u64 = 60;
/// A request this long after a failure is no repetition of it.
const FORGOTTEN: Duration = Duration::from_secs(90);

/// So many failing targets are followed; with more, all are forgotten: a fake may run for weeks.
const TARGETS_MAX: usize = 4096;

/// Failures in a row, by what was asked for.
#[derive(Debug, Default)]
pub(super) struct Retries {
    trains: HashMap<Target, Train>,
    /// What the requests that are on their way are for.
    out: HashMap<u64, Target>,
}

/// What a request asks for: method and target, and at the token endpoint by whose credentials.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Target {
    method: String,
    target: String,
    presented: Option<(String, u64)>,
}

#[derive(Debug, Default)]
struct Train {
    /// How many are on their way now.
    out: usize,
    failures: usize,
    attempts: usize,
    failed_at: Option<Timestamp>,
    /// The request that failed last.
    failed: u64,
    not_before: Option<Timestamp>,
    /// Two were on their way at once: they are calls of their own, and nothing can be said of their distance.
    has_overlap: bool,
}

impl Train {
    /// The failures; what is on its way still is.
    fn forget(&mut self) {
        *self = Self { out: self.out, has_overlap: self.has_overlap, ..Self::default() };
    }
}

impl Retries {
    /// What is wrong with a request that repeats a failed one.
    pub(super) fn on_request(&mut self, sighting: &Sighting<'_>) -> Option<String> {
        if sighting.route == Route::Keycloak {
            return None;
        }
        if self.trains.len() > TARGETS_MAX {
            self.trains.retain(|_, train| train.out > 0);
        }
        let target = Target {
            method: sighting.request.method.clone(),
            target: sighting.request.target.clone(),
            presented: sighting.presented.clone(),
        };
        self.out.insert(sighting.number, target.clone());
        let train = self.trains.entry(target).or_default();
        let now = sighting.now.monotonic;
        train.has_overlap |= train.out > 0;
        train.out += 1;
        let failed_at = train.failed_at?;
        let since = now.since(failed_at);
        if train.has_overlap || since > FORGOTTEN {
            train.forget();
            return None;
        }
        if train.failures >= MANY {
            train.failures = 0;
            return Some(format!("{MANY} attempts failed and yet another one follows"));
        }
        if train.attempts >= ATTEMPTS {
            train.attempts = 0;
            return None;
        }
        if train.not_before.is_some_and(|at| now + TICK < at) {
            return Some(format!("an attempt {since:?} after an answer whose Retry-After asked for more"));
        }
        (since + TICK < APART).then(|| format!("an attempt {since:?} after the last one failed"))
    }

    pub(super) fn on_outcome(&mut self, outcome: &Outcome) {
        let target = self.out.get(&outcome.number);
        let Some(train) = target.and_then(|target| self.trains.get_mut(target)) else { return };
        if !(outcome.status == 429 || outcome.status >= 500) {
            *train = Train { out: train.out, ..Train::default() };
            return;
        }
        let now = outcome.now.monotonic;
        train.failures += 1;
        train.attempts += 1;
        (train.failed_at, train.failed) = (Some(now), outcome.number);
        let wait = outcome.retry_after.filter(|seconds| *seconds <= RETRY_AFTER_MAX);
        train.not_before = wait.map(|seconds| now + Duration::from_secs(seconds));
    }

    /// Its answer was taken for one that got out, and did not.
    pub(super) fn on_loss(&mut self, number: u64) {
        let train =
            self.trains.values_mut().find(|train| train.failed_at.is_some() && train.failed == number);
        if let Some(train) = train {
            train.forget();
        }
    }

    /// An answer that did not get out asked its client for nothing.
    pub(super) fn on_end(&mut self, number: u64, is_out: bool) {
        let Some(target) = self.out.remove(&number) else { return };
        let Some(train) = self.trains.get_mut(&target) else { return };
        train.out -= 1;
        if !is_out {
            train.forget();
        }
        if train.out == 0 && train.failed_at.is_none() {
            self.trains.remove(&target);
        }
    }
}
