//! Faults and routes as JSON.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::Problem;
use crate::fault::{Fault, FaultBody, RetryAfter};
use crate::route::Route;

/// What goes wrong with an answer: any of these, together.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultSpec {
    /// That status in place of the answer.
    status: Option<u16>,
    body: Option<BodySpec>,
    retry_after: Option<u64>,
    redirect: Option<String>,
    /// Late by so many milliseconds.
    delay_ms: Option<u64>,
    token_member: Option<MemberSpec>,
    #[serde(default)]
    invalid_utf8: bool,
    huge_header: Option<usize>,
    gzip_bomb: Option<usize>,
    drip: Option<DripSpec>,
    pause_at: Option<PauseSpec>,
    reset_at: Option<usize>,
    close_at: Option<usize>,
    reset_in_body: Option<usize>,
    close_in_body: Option<usize>,
    #[serde(default)]
    garbage: bool,
    #[serde(default)]
    bad_chunk: bool,
    #[serde(default)]
    cut_chunks: bool,
    #[serde(default)]
    doubled_length: bool,
    #[serde(default)]
    reset_on_next: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BodySpec {
    Json,
    Html,
    Empty,
    Mistyped,
}

/// A member of the token response, and what it is; left out where nothing is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberSpec {
    name: String,
    json: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DripSpec {
    size: usize,
    pause_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PauseSpec {
    at: usize,
    pause_ms: u64,
}

/// A header may be this long, a bomb this large: beyond, it is the fake that suffers.
const HEADER_MAX: usize = 16 << 20;
const BOMB_MAX: usize = 1 << 30;

impl FaultSpec {
    pub(super) fn fault(self) -> Result<Fault, Problem> {
        let mut parts = Vec::new();
        if let Some(code) = self.status {
            let status = StatusCode::from_u16(code);
            let status = status.map_err(|_| Problem::bad(format!("expected a status, found {code}")))?;
            let body = match self.body.unwrap_or(BodySpec::Json) {
                BodySpec::Json => FaultBody::Json,
                BodySpec::Html => FaultBody::Html,
                BodySpec::Empty => FaultBody::Empty,
                BodySpec::Mistyped => FaultBody::Mistyped,
            };
            let fault = Fault::status(status).with_body(body);
            parts.push(match self.retry_after {
                Some(seconds) => fault.with_retry_after(RetryAfter::Seconds(seconds)),
                None => fault,
            });
        } else if self.body.is_some() || self.retry_after.is_some() {
            return Err(Problem::bad("body and retry_after go with a status"));
        }
        let millis = Duration::from_millis;
        let bounded = |name: &str, size: usize, max: usize| {
            if size <= max { Ok(size) } else { Err(Problem::bad(format!("{name} is {max} at most"))) }
        };
        parts.extend(self.redirect.map(Fault::redirect));
        parts.extend(self.delay_ms.map(|delay| Fault::delay(millis(delay))));
        parts.extend(self.token_member.map(|member| match member.json {
            Some(json) => Fault::token_member(member.name, json.to_string()),
            None => Fault::without_token_member(member.name),
        }));
        if let Some(size) = self.huge_header {
            parts.push(Fault::huge_header(bounded("huge_header", size, HEADER_MAX)?));
        }
        if let Some(size) = self.gzip_bomb {
            parts.push(Fault::gzip_bomb(bounded("gzip_bomb", size, BOMB_MAX)?));
        }
        parts.extend(self.drip.map(|drip| Fault::drip(drip.size, millis(drip.pause_ms))));
        parts.extend(self.pause_at.map(|pause| Fault::pause_at(pause.at, millis(pause.pause_ms))));
        parts.extend(self.reset_at.map(Fault::reset_at));
        parts.extend(self.close_at.map(Fault::close_at));
        parts.extend(self.reset_in_body.map(Fault::reset_in_body));
        parts.extend(self.close_in_body.map(Fault::close_in_body));
        let switches: [(bool, fn() -> Fault); 6] = [
            (self.invalid_utf8, Fault::invalid_utf8),
            (self.garbage, Fault::garbage),
            (self.bad_chunk, Fault::bad_chunk),
            (self.cut_chunks, Fault::cut_chunks),
            (self.doubled_length, Fault::doubled_length),
            (self.reset_on_next, Fault::reset_on_next),
        ];
        parts.extend(switches.into_iter().filter(|(is_on, _)| *is_on).map(|(_, fault)| fault()));
        let mut parts = parts.into_iter();
        let first = parts.next().ok_or_else(|| Problem::bad("a fault that says what goes wrong"))?;
        Ok(parts.fold(first, Fault::and))
    }
}

/// A route by its name in lower case.
pub(super) fn route(name: &str) -> Result<Route, Problem> {
    let found = Route::ALL.into_iter().find(|route| route_name(*route) == name);
    found.ok_or_else(|| {
        let known: Vec<_> = Route::ALL.into_iter().map(route_name).collect();
        Problem::bad(format!("expected a route ({}), found {name:?}", known.join(", ")))
    })
}

pub(super) fn route_name(route: Route) -> String {
    format!("{route:?}").to_lowercase()
}
