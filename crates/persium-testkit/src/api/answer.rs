//! The envelope of the API's answers.

use serde::Serialize;

use crate::message::{Framing, Reply};

/// `{"data":…}`.
#[derive(Serialize)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
}

pub(super) fn json(value: &impl Serialize) -> Reply {
    Reply::empty(200, Framing::Title).with_header("Content-Type", "application/json").with_json(value)
}

/// `{"error":"…"}`: every error of the API.
pub(super) fn error(status: u16, text: &str) -> Reply {
    let reply = Reply::empty(status, Framing::Title).with_header("Content-Type", "application/json");
    reply.with_json(&ErrorBody { error: text })
}
