//! What may go wrong with an answer, and when.

mod schedule;

pub(crate) use schedule::Schedule;

use std::time::Duration;

use http::StatusCode;

use crate::message::{Framing, Reply};
use crate::route::Route;

/// One thing that goes wrong with one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    status: Option<StatusCode>,
    delay: Duration,
}

impl Fault {
    /// That status instead of the answer, with the JSON body that the endpoint's own errors have.
    #[must_use]
    pub fn status(status: StatusCode) -> Self {
        Self { status: Some(status), delay: Duration::ZERO }
    }

    /// The right answer, this late by the kit's clock.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self { status: None, delay }
    }

    /// Makes it late as well.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The answer that replaces the right one, if one does.
    pub(crate) fn replacement(&self, route: Route) -> Option<Reply> {
        let status = self.status?.as_u16();
        let framing = if route.is_api() { Framing::Title } else { Framing::Lower };
        let reply = Reply::empty(status, framing).with_header("Content-Type", "application/json");
        let text = format!("fault injected: {status}");
        Some(reply.with_json(&serde_json::json!({ "error": text })))
    }

    pub(crate) fn apply(&self, reply: &mut Reply) {
        reply.delay += self.delay;
    }
}
