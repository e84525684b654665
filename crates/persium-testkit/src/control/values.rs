//! Tokens, requests and breaches as JSON.

use serde_json::{Value, json};

use super::fault::route_name;
use crate::audit::Violation;
use crate::journal::Entry;
use crate::kit::Kit;
use crate::ledger::{Authentication, Ending, Token};

/// The environment as one object.
pub(super) fn environment(exports: &[(String, String)]) -> Value {
    exports.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
}

pub(super) fn values(kit: &Kit) -> Value {
    json!({
        "environment": environment(&kit.exports()),
        "token_url": kit.token_url(),
        "api_base_url": kit.api_base_url(),
        "client_id": kit.client_id(),
        "client_secret": kit.client_secret(),
        "ca_certificate_pem": kit.ca_certificate_pem(),
    })
}

/// Times of the monotonic clock and lifetimes are seconds.
pub(super) fn token(token: &Token) -> Value {
    let ending = token.ending.map(|(ending, at)| {
        let why = match ending {
            Ending::Revoked => "revoked",
            Ending::KeyRetired => "key retired",
            Ending::Expired => "expired",
            Ending::RealmMoved => "realm moved",
        };
        json!({ "why": why, "at": at.elapsed().as_secs_f64() })
    });
    json!({
        "serial": token.serial,
        "client_id": token.client_id,
        "authentication": match token.authentication {
            Authentication::Form => "form",
            Authentication::Basic => "basic",
        },
        "issuer": token.issuer,
        "kid": token.kid,
        "minted_at": token.minted_at.elapsed().as_secs_f64(),
        "minted_wall": token.minted_wall.as_secs_f64(),
        "lifetime": token.lifetime.as_secs(),
        "expires_at": token.expires_at.as_secs(),
        "uses": token.uses,
        "late_uses": token.late_uses,
        "refusals": token.refusals,
        "first_use": token.first_use.map(|at| at.elapsed().as_secs_f64()),
        "last_use": token.last_use.map(|at| at.elapsed().as_secs_f64()),
        "ending": ending,
    })
}

pub(super) fn entry(entry: &Entry) -> Value {
    json!({
        "number": entry.number,
        "route": route_name(entry.route),
        "nth": entry.nth,
        "at": entry.at.elapsed().as_secs_f64(),
        "method": entry.method,
        "target": entry.target,
        "headers": entry.headers,
        "body": entry.body,
        "token": entry.token,
        "status": entry.status,
        "fault": entry.fault,
    })
}

pub(super) fn violations(violations: &[Violation]) -> Value {
    let told = violations.iter().map(
        |violation| json!({ "invariant": format!("{:?}", violation.invariant()), "text": violation.text }),
    );
    told.collect()
}
