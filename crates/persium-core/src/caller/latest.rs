//! The latest reading, and what it means that there is none.

use std::sync::Arc;

use http::HeaderMap;
use uuid::Uuid;

use super::{Call, Caller, Step};
use crate::api;
use crate::config::Config;
use crate::error::Error;
use crate::model;
use crate::plan::{Page, Pages, Stride, Walk};
use crate::session::Session;
use crate::time::{Now, Timestamp};
use crate::token::Bearer;
use crate::wire::{Failure, Response};

/// The latest reading of a station.
///
/// ASSUMED: a 404 says either that the station is unknown or that it has no reading yet. So that the two can be told
/// apart, the list of stations is looked through after a 404: one that is listed has no reading. Where the list cannot
/// be had as a whole, or a row of it cannot be read that may be the station's, the outcome is the error of that.
#[derive(Debug)]
pub struct LatestReading {
    station: Uuid,
    headers: Option<Arc<HeaderMap>>,
    config: Arc<Config>,
    deadline: Timestamp,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The reading is being asked for.
    Asking(Call<api::Latest>),
    /// It was not found: the list is being looked through. If the station does not turn up there, it ends with `error`.
    LookingThrough { walk: Walk<Pages<api::Stations>>, call: Call<api::Stations>, error: Error },
}

impl LatestReading {
    /// A caller for the latest reading of `station`.
    #[must_use]
    pub fn new(station: Uuid, config: Arc<Config>, now: Now) -> Self {
        let call = Call::new(api::Latest::new(station), Arc::clone(&config), now);
        Self { station, headers: None, deadline: call.deadline(), config, state: State::Asking(call) }
    }

    /// With a deadline of its own, on the clock it is polled with.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Timestamp) -> Self {
        self.deadline = deadline;
        if let State::Asking(call) = self.state {
            self.state = State::Asking(call.with_deadline(deadline));
        }
        self
    }

    /// With these headers on each of its requests: see [`Call::with_headers`].
    #[must_use]
    pub fn with_headers(mut self, headers: impl Into<Option<Arc<HeaderMap>>>) -> Self {
        self.headers = headers.into();
        if let State::Asking(call) = self.state {
            self.state = State::Asking(call.with_headers(self.headers.clone()));
        }
        self
    }

    /// What the step of the call within means; `None`: there is another call to make.
    fn follow(&mut self, now: Now, step: Inner) -> Option<Step<Option<model::Reading>>> {
        let result = match step {
            Inner::Asking(Step::Done(Err(error))) if error.is_not_found() => {
                let walk = Walk::new(api::stations(&self.config.limits));
                return self.look_through(now, walk, error);
            }
            Inner::Asking(step) => return Some(step),
            Inner::LookingThrough(Step::Done(result)) => result,
            Inner::LookingThrough(Step::Await { seen, until }) => return Some(Step::Await { seen, until }),
            Inner::LookingThrough(Step::Sleep { until }) => return Some(Step::Sleep { until }),
            Inner::LookingThrough(Step::Transmit(transmit)) => return Some(Step::Transmit(transmit)),
        };
        let call = Call::new(api::Latest::new(self.station), Arc::clone(&self.config), now);
        let State::LookingThrough { mut walk, error, .. } =
            std::mem::replace(&mut self.state, State::Asking(call))
        else {
            unreachable!("a page came without being asked for")
        };
        walk.handle_outcome(result);
        self.look_through(now, walk, error)
    }

    /// Goes through what has come of the list, then asks for more of it.
    fn look_through(
        &mut self,
        now: Now,
        mut walk: Walk<Pages<api::Stations>>,
        mut error: Error,
    ) -> Option<Step<Option<model::Reading>>> {
        loop {
            match walk.poll() {
                Stride::Item(Ok(station)) if station.uuid == self.station => {
                    return Some(Step::Done(Ok(None)));
                }
                Stride::Item(Ok(_)) => {}
                // A row that cannot be read may be the station's. A page that cannot be had ends the walk, and comes
                // last.
                Stride::Item(Err(problem)) => error = problem,
                Stride::End => return Some(Step::Done(Err(error))),
                Stride::Run(operation) => {
                    let call = Call::new(operation, Arc::clone(&self.config), now)
                        .with_deadline(self.deadline)
                        .with_headers(self.headers.clone());
                    self.state = State::LookingThrough { walk, call, error };
                    return None;
                }
            }
        }
    }
}

/// A step of the call within.
enum Inner {
    Asking(Step<Option<model::Reading>>),
    LookingThrough(Step<Page<model::Station>>),
}

impl Caller for LatestReading {
    type Output = Option<model::Reading>;

    fn deadline(&self) -> Timestamp {
        self.deadline
    }

    fn poll_published(&mut self, now: Now, bearer: Option<&Arc<Bearer>>) -> Option<Step<Self::Output>> {
        loop {
            let step = match &mut self.state {
                State::Asking(call) => Inner::Asking(call.poll_published(now, bearer)?),
                State::LookingThrough { call, .. } => {
                    Inner::LookingThrough(call.poll_published(now, bearer)?)
                }
            };
            if let Some(step) = self.follow(now, step) {
                return Some(step);
            }
        }
    }

    fn poll(&mut self, now: Now, session: &mut Session) -> Step<Self::Output> {
        loop {
            let step = match &mut self.state {
                State::Asking(call) => Inner::Asking(call.poll(now, session)),
                State::LookingThrough { call, .. } => Inner::LookingThrough(call.poll(now, session)),
            };
            if let Some(step) = self.follow(now, step) {
                return step;
            }
        }
    }

    fn handle_outcome(&mut self, outcome: Result<Response, Failure>) {
        match &mut self.state {
            State::Asking(call) => call.handle_outcome(outcome),
            State::LookingThrough { call, .. } => call.handle_outcome(outcome),
        }
    }

    fn is_refused(&self) -> bool {
        match &self.state {
            State::Asking(call) => call.is_refused(),
            State::LookingThrough { call, .. } => call.is_refused(),
        }
    }
}

#[cfg(test)]
mod tests;
