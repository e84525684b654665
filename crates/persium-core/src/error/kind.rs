//! What can go wrong, and how it reads.

use std::fmt;
use std::time::Duration;

use super::answer::{Answer, Lead, Peer};
use crate::secret::Redactor;
use crate::wire::{Cause, FailureKind, Phase};

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A configuration value cannot be right.
    Config { variable: &'static str, flaw: Flaw, problem: String },
    /// The token endpoint refused the client.
    Denied,
    /// The token endpoint answered 2xx with something that is no token.
    Token(String),
    /// A status that is no success and none of the above.
    Status,
    /// The API refused a fresh token.
    Unauthorized,
    /// The operation's request is none that can be sent.
    Request(String),
    /// A request for the bearer's use that goes elsewhere than to the API.
    Elsewhere { api: String },
    /// The API refused the token, and the request was one that can be sent only once.
    SentOnce,
    /// An exchange brought no response. Where time ran out, by which limit.
    Transport { peer: Peer, phase: Phase, kind: FailureKind, cause: Option<Cause>, limit: Option<Limit> },
    /// The token request was sent, and nobody reported what became of it before its lease ended.
    Lost(Limit),
    /// The body is not what the operation promises.
    Decode(String),
    /// The call's own deadline passed.
    Deadline(Waiting),
    /// The caller called it off.
    Canceled,
}

/// In which way a configuration value cannot be right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    /// It is not set, or empty.
    Missing,
    /// White space, or what looks like none, at an end or within.
    WhiteSpace,
    Quotes,
    Placeholder,
    /// `Bearer` or another word of a header's stands before it.
    Scheme,
    PlainHttp,
    /// It is no URL that can be used, for any other reason.
    NoUrl,
    /// The two URLs stand in each other's place.
    Swapped,
    /// The secret's file cannot be read.
    UnreadableFile,
    /// The secret's file is empty.
    EmptyFile,
    /// Something else.
    Other,
}

/// What was being waited for when the call's deadline passed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Waiting {
    Token,
    /// There was a token, and no permit to have a request out.
    Turn,
    /// The exchange had come this far.
    Answer(Phase),
    Retry,
}

/// Why what might have gone better another time was not tried again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unrepeated {
    /// That many attempts were made, and no more are allowed.
    Attempts(u32),
    /// The server asked for a longer pause than is waited for.
    Asked(Duration),
    /// The next attempt would have come after the call's deadline, this long from now.
    Deadline(Duration),
    /// The client's calls have spent their retry budget.
    Budget,
}

/// A limit that ended something, by its name among [`Limits`](crate::Limits).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limit {
    pub(crate) name: &'static str,
    pub(crate) length: Duration,
}

impl Kind {
    pub(crate) fn write(&self, answer: Option<&Answer>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config { variable, problem, flaw: _ } => write!(f, "{variable} {problem}"),
            Self::Denied => {
                f.write_str("the token endpoint refused the client")?;
                write_answer(answer, ": ", f)
            }
            Self::Token(problem) => write!(f, "the token endpoint's answer is no usable token: {problem}"),
            Self::Status => {
                if let Some(answer) = answer {
                    write!(f, "{} was answered", answer.endpoint)?;
                }
                write_answer(answer, " ", f)
            }
            Self::Unauthorized => {
                f.write_str("the API refused a fresh token")?;
                write_answer(answer, ": ", f)
            }
            Self::Request(problem) => write!(f, "the operation's request cannot be sent: {problem}"),
            Self::Elsewhere { api } => {
                write!(f, "the request is not for {api}, where alone the token may go: nothing was sent")
            }
            Self::SentOnce => f.write_str(
                "the API refused the token, and the request's body cannot be sent a second time with a fresh one",
            ),
            Self::Transport { peer, phase, kind, cause: _, limit } => {
                write!(f, "{peer} could not be asked: {phase}: {kind}")?;
                limit.map_or(Ok(()), |limit| write!(f, " ({limit})"))
            }
            Self::Lost(limit) => {
                write!(f, "the token endpoint was asked, and nothing more was heard of it ({limit})")
            }
            Self::Decode(problem) => {
                f.write_str("the API's answer is not what was expected: ")?;
                f.write_str(problem)
            }
            Self::Deadline(waiting) => write!(f, "the call's deadline passed {waiting}"),
            Self::Canceled => f.write_str("the call was called off"),
        }
    }

    /// Without the secrets that a decoder may have quoted from an answer.
    pub(crate) fn redacted(self, redactor: &Redactor) -> Self {
        match self {
            Self::Decode(problem) => Self::Decode(redactor.clean(&problem).into_owned()),
            other => other,
        }
    }
}

/// `401 Unauthorized, invalid_client: the server's words`, as much of it as there is.
fn write_answer(answer: Option<&Answer>, before: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some(Answer { status: Some(status), code, message, .. }) = answer else { return Ok(()) };
    write!(f, "{before}{status}")?;
    if let Some(code) = code {
        write!(f, ", {code}")?;
    }
    if let Some(message) = message {
        write!(f, ": {message}")?;
    }
    match answer.and_then(Answer::leads_to) {
        Some(Lead::Elsewhere(to)) => write!(f, ", which leads to another origin: {to}"),
        Some(Lead::Within(to)) => write!(f, ", which leads to {to}"),
        None => Ok(()),
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "while it waited for a token",
            Self::Turn => "while it waited for others' requests to end",
            Self::Answer(_) => "while it waited for the API's answer",
            Self::Retry => "while it waited to try again",
        })?;
        match self {
            // That is what the response being waited for says already.
            Self::Answer(Phase::Wait) | Self::Token | Self::Turn | Self::Retry => Ok(()),
            Self::Answer(phase) => write!(f, ": {phase}"),
        }
    }
}

impl fmt::Display for Unrepeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempts(1) => f.write_str("one attempt is all that is allowed"),
            Self::Attempts(attempts) => write!(f, "{attempts} attempts were made"),
            Self::Asked(pause) => {
                write!(f, "the server asked for {pause:?}, which is longer than is waited for")
            }
            Self::Deadline(pause) => {
                write!(f, "the next attempt, in {pause:?}, would come after the deadline")
            }
            Self::Budget => f.write_str("the client has spent its retry budget"),
        }
    }
}

/// `attempt_timeout, 20s`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:?}", self.name, self.length)
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "the API",
            Self::TokenEndpoint => "the token endpoint",
        })
    }
}
