//! What ureq's errors mean.

use std::io;

use persium_core::{Cause, Failure, FailureKind, Phase};
use ureq::Error;

use crate::tls;

/// How far a request came that got no answer.
pub(crate) fn unanswered(error: Error) -> Failure {
    match error {
        // What opening a connection ended with.
        Error::Other(other) => match other.downcast() {
            Ok(failure) => *failure,
            Err(other) => Failure::new(Phase::Wait, FailureKind::Interrupted, other),
        },
        Error::Io(error) if tls::is_refused_late(of_tls(&error)) => {
            Failure::new(Phase::Tls, FailureKind::Refused, error)
        }
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

/// What exactly it was, where that can be told.
pub(crate) fn cause(error: &Error) -> Option<Cause> {
    match error {
        Error::Io(error) => tls::cause(of_tls(error)?),
        _ => None,
    }
}

/// TLS's own error within a socket's.
fn of_tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
