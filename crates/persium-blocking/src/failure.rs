//! What ureq's errors mean.

use std::error::Error as StdError;
use std::io;

use persium_core::{Cause, Failure, FailureKind, Phase};
use rustls::CertificateError;
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
    let cause = cause(&error);
    Failure::new(phase, kind, error).with_cause(cause)
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

/// What exactly it was, where ureq tells.
fn cause(error: &Error) -> Option<Cause> {
    match error {
        Error::ConnectProxyFailed(line) => proxy_status(line).map(Cause::ProxyStatus),
        Error::Rustls(error) => certificate(error),
        Error::Io(error) => certificate(find::<rustls::Error>(error)?),
        _ => None,
    }
}

/// The first number of three digits in what ureq says of a proxy's answer.
fn proxy_status(line: &str) -> Option<u16> {
    let mut words = line.split(|c: char| !c.is_ascii_digit());
    words.find_map(|word| word.parse().ok().filter(|status| (100..=599).contains(status) && word.len() == 3))
}

/// What exactly a handshake failed by. The platform's own verifiers tell an unknown authority apart, and little else.
fn certificate(error: &rustls::Error) -> Option<Cause> {
    let rustls::Error::InvalidCertificate(error) = error else { return None };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Some(Cause::CertificateExpired)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some(Cause::CertificateNotYetValid)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some(Cause::WrongHost)
        }
        CertificateError::UnknownIssuer => Some(Cause::UntrustedIssuer),
        // webpki's word for it has no kind of rustls's own.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            Some(Cause::SelfSigned)
        }
        _ => None,
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
