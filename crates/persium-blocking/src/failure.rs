//! What ureq's errors mean.

use std::io;

use persium_core::{Failure, FailureKind, Phase};
use ureq::Error;

/// How far a request came that got no answer.
pub(crate) fn unanswered(error: Error) -> Failure {
    match error {
        // What opening a connection ended with, TLS's late refusal of it included.
        Error::Other(other) => match other.downcast() {
            Ok(failure) => *failure,
            Err(other) => Failure::new(Phase::Wait, FailureKind::Interrupted, other),
        },
        error => Failure::new(Phase::Wait, kind(&error), error),
    }
}

/// What ended the reading of a body. One that breaks off or makes no sense was cut short or garbled on the way.
pub(crate) fn in_body(error: io::Error) -> Failure {
    let error = Error::from(error);
    let kind = match kind(&error) {
        FailureKind::TimedOut => FailureKind::TimedOut,
        _ => FailureKind::Interrupted,
    };
    Failure::new(Phase::Body, kind, error)
}

/// What happened, wherever it did.
pub(crate) fn kind(error: &Error) -> FailureKind {
    match error {
        Error::Timeout(_) => FailureKind::TimedOut,
        Error::HostNotFound | Error::ConnectionFailed => FailureKind::Refused,
        Error::LargeResponseHeader(..) => FailureKind::TooLarge,
        Error::Protocol(_) => FailureKind::Invalid,
        Error::Io(error) => match of_tls(error) {
            // What answers is not TLS: plain HTTP on the port, for one.
            Some(rustls::Error::InvalidMessage(_)) => FailureKind::Invalid,
            Some(_) => FailureKind::Refused,
            None => error.kind().into(),
        },
        _ => FailureKind::Interrupted,
    }
}

/// TLS's own error within a socket's.
pub(crate) fn of_tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
