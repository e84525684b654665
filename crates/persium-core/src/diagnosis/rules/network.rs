//! Exchanges that brought no answer.

use std::error::Error as _;

use crate::diagnosis::codes::{self, Code};
use crate::diagnosis::finding::Finding;
use crate::error::{Error, Peer};
use crate::wire::{Cause, FailureKind, Phase};

pub(super) fn of(
    peer: Peer,
    phase: Phase,
    kind: FailureKind,
    cause: Option<Cause>,
    error: &Error,
) -> Vec<Finding> {
    let because = |what: String| {
        let endpoint = error.endpoint().map(|endpoint| format!("what was asked is {endpoint}"));
        [what, innermost(error), endpoint.unwrap_or_default()]
    };
    let what = format!("{peer} could not be asked: {phase}: {kind}");
    vec![Finding::certain(code(phase, kind, cause), because(what))]
}

pub(super) fn code(phase: Phase, kind: FailureKind, cause: Option<Cause>) -> Code {
    match cause {
        Some(Cause::ProxyUnreachable) => return codes::PROXY_UNREACHABLE,
        Some(Cause::ProxyStatus(407)) => return codes::PROXY_CREDENTIALS,
        Some(Cause::ProxyStatus(_)) => return codes::PROXY_REFUSED,
        Some(Cause::UntrustedIssuer) => return codes::TLS_UNTRUSTED,
        Some(Cause::SelfSigned) => return codes::TLS_SELF_SIGNED,
        Some(Cause::CertificateExpired) => return codes::TLS_EXPIRED,
        Some(Cause::CertificateNotYetValid) => return codes::TLS_NOT_YET_VALID,
        Some(Cause::WrongHost) => return codes::TLS_WRONG_HOST,
        Some(Cause::ClientCertificateMissing) => return codes::CLIENT_CERTIFICATE_MISSING,
        Some(Cause::ClientCertificateRefused) => return codes::CLIENT_CERTIFICATE_REFUSED,
        None => {}
    }
    match (phase, kind) {
        (_, FailureKind::Canceled) => codes::CALLED_OFF,
        (_, FailureKind::TooLarge) => codes::BODY_TOO_LARGE,
        (Phase::Resolve, _) => codes::NAME_UNRESOLVED,
        (Phase::Connect, FailureKind::TimedOut) => codes::CONNECT_TIMEOUT,
        (Phase::Connect, FailureKind::Refused) => codes::CONNECTION_REFUSED,
        (Phase::Proxy, _) => codes::PROXY_REFUSED,
        (Phase::Tls, FailureKind::Interrupted | FailureKind::TimedOut) => codes::TLS_CUT,
        (Phase::Tls, FailureKind::Invalid) => codes::TLS_NOT_SPOKEN,
        (Phase::Tls, _) => codes::TLS_FAILED,
        (Phase::Send | Phase::Wait, FailureKind::TimedOut) => codes::ANSWER_TIMEOUT,
        (Phase::Send | Phase::Wait, FailureKind::Invalid) => codes::NOT_HTTP,
        (Phase::Body, FailureKind::TimedOut) => codes::BODY_TIMEOUT,
        (Phase::Body, FailureKind::Invalid) => codes::BODY_GARBLED,
        (Phase::Body, _) => codes::BODY_CUT,
        (Phase::Connect | Phase::Send | Phase::Wait, _) => codes::CONNECTION_BROKEN,
    }
}

/// What the transport says at the end of its chain.
fn innermost(error: &Error) -> String {
    let mut next = error.source();
    let mut last = String::new();
    while let Some(source) = next {
        last = source.to_string();
        next = source.source();
    }
    last
}
