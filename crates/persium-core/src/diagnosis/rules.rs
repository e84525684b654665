//! From evidence to findings. Each file has the rules about one kind of evidence; the order within is that of the
//! findings where they are equally sure: what is more special comes first.

mod api;
pub(super) mod clock;
mod configuration;
mod credentials;
pub(super) mod habits;
mod network;
pub(super) mod url;
pub(super) mod window;

use std::error::Error as _;

use super::codes;
use super::evidence::Evidence;
use super::finding::Finding;
use crate::error::{Answer, Error, Kind, Peer, Waiting};
use crate::wire::FailureKind;

/// What an error points at.
pub(super) fn of_error(error: &Error, evidence: &Evidence) -> Vec<Finding> {
    let answer = error.answer();
    let mut findings = match error.kind() {
        Kind::Config { flaw, .. } => configuration::of(*flaw, error),
        Kind::Transport { peer, phase, kind, cause, .. } => network::of(*peer, *phase, *kind, *cause, error),
        Kind::Lost(_) => vec![Finding::likely(codes::ANSWER_TIMEOUT, [error.to_string()])],
        Kind::Deadline(waiting) => deadline(*waiting, error, evidence),
        Kind::Canceled => vec![Finding::certain(codes::CALLED_OFF, [])],
        Kind::Request(_) => vec![Finding::certain(codes::REQUEST_UNSENDABLE, [error.to_string()])],
        Kind::Elsewhere { .. } => vec![Finding::certain(codes::REQUEST_ELSEWHERE, [error.to_string()])],
        Kind::SentOnce => vec![Finding::certain(codes::REQUEST_SENT_ONCE, [error.to_string()])],
        Kind::Token(problem) => credentials::of_unusable(problem, answer),
        Kind::Decode(_) => api::of_undecodable(error, answer),
        Kind::Denied | Kind::Status | Kind::Unauthorized => match answer {
            Some(answer) if answer.peer == Peer::TokenEndpoint => credentials::of(answer, evidence),
            Some(answer) => api::of(answer),
            None => Vec::new(),
        },
    };
    findings.extend(answer.and_then(clock::of_one));
    findings
}

/// Time ran out. What had gone wrong until then says more than that.
fn deadline(waiting: Waiting, error: &Error, evidence: &Evidence) -> Vec<Finding> {
    let before = error.source().and_then(|source| source.downcast_ref::<Error>());
    let mut findings = before.map(|error| of_error(error, evidence)).unwrap_or_default();
    findings.push(Finding::certain(codes::DEADLINE_PASSED, [error.to_string()]));
    if let Waiting::Answer(phase) = waiting {
        let code = network::code(phase, FailureKind::TimedOut, None);
        findings.push(Finding::likely(code, [error.to_string()]));
    }
    findings
}

/// `the API answered 404 Not Found: the server's words`.
fn answered(answer: &Answer) -> String {
    let Answer { peer, status, code, message, .. } = answer;
    let mut text = match status {
        Some(status) => format!("{peer} answered {status}"),
        None => format!("{peer} was asked"),
    };
    for words in [code, message].into_iter().flatten() {
        text.push_str(": ");
        text.push_str(words);
    }
    text
}

/// What else of an answer tells who gave it.
fn from_whom(answer: &Answer) -> String {
    let head = &answer.head;
    let named = [("Server", &head.server), ("Via", &head.via)];
    let named = named.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value.as_ref()?)));
    match named.collect::<Vec<_>>().join(", ") {
        named if named.is_empty() => named,
        named => format!("the answer says {named}"),
    }
}

fn is_page(answer: &Answer) -> bool {
    let body = answer.body.as_deref().unwrap_or_default();
    body.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests;
