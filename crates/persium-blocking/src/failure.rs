//! What ureq's errors mean.

use std::error::Error as StdError;
use std::io;

use persium_core::{Failure, FailureKind, Phase};
use ureq::{Error, Timeout};

/// How far a request came that got no answer.
pub(crate) fn unanswered(error: Error) -> Failure {
    let (phase, kind) = match &error {
        Error::Timeout(timeout) => (phase_of(*timeout), FailureKind::TimedOut),
        Error::HostNotFound => (Phase::Resolve, FailureKind::Refused),
        Error::ConnectionFailed => (Phase::Connect, FailureKind::Refused),
        Error::ConnectProxyFailed(_) => (Phase::Proxy, FailureKind::Refused),
        Error::Tls(_) | Error::TlsRequired | Error::Pem(_) => (Phase::Tls, FailureKind::Invalid),
        Error::Rustls(error) => (Phase::Tls, tls_kind(error)),
        Error::LargeResponseHeader(..) => (Phase::Wait, FailureKind::TooLarge),
        Error::Protocol(_) => (Phase::Wait, FailureKind::Invalid),
        Error::Io(error) => io_failure(error),
        _ => (Phase::Wait, FailureKind::Interrupted),
    };
    Failure::new(phase, kind, error)
}

/// What ended the reading of a body. One that breaks off or makes no sense was cut short or garbled on the way.
pub(crate) fn in_body(error: io::Error) -> Failure {
    let timed_out = match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(Error::Timeout(_)) => true,
        _ => error.kind() == io::ErrorKind::TimedOut,
    };
    let kind = if timed_out { FailureKind::TimedOut } else { FailureKind::Interrupted };
    Failure::new(Phase::Body, kind, error)
}

fn phase_of(timeout: Timeout) -> Phase {
    match timeout {
        Timeout::Resolve => Phase::Resolve,
        Timeout::Connect => Phase::Connect,
        Timeout::SendRequest | Timeout::SendBody | Timeout::PerWrite => Phase::Send,
        Timeout::RecvBody => Phase::Body,
        _ => Phase::Wait,
    }
}

fn io_failure(error: &io::Error) -> (Phase, FailureKind) {
    if let Some(error) = find::<rustls::Error>(error) {
        return (Phase::Tls, tls_kind(error));
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::AddrNotAvailable => (Phase::Connect, FailureKind::Refused),
        io::ErrorKind::TimedOut => (Phase::Wait, FailureKind::TimedOut),
        // The standard library gives the resolver's failures no kind of their own.
        _ if error.raw_os_error().is_none() && error.to_string().contains("lookup address") => {
            (Phase::Resolve, FailureKind::Refused)
        }
        _ => (Phase::Wait, FailureKind::Interrupted),
    }
}

fn tls_kind(error: &rustls::Error) -> FailureKind {
    match error {
        // What answers is not TLS: plain HTTP on the port, for one.
        rustls::Error::InvalidMessage(_) => FailureKind::Invalid,
        _ => FailureKind::Refused,
    }
}

/// The first error of a type in a chain. What `io::Error` wraps is looked into as well: rustls's errors come so.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
