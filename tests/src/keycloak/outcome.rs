//! What a client of the realms comes to that asks for a token with the secret its file gives it.

use Outcome::{Refused, Token};

/// The outcome, by the release that is pinned.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A token.
    Token {
        /// Seconds from its `iat` to its `exp`.
        lifetime: u64,
        /// Its `aud`.
        audience: &'static [&'static str],
    },
    /// A refusal, which an error repeats.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The OAuth error code.
        code: &'static str,
        /// Keycloak's words.
        message: &'static str,
    },
}

/// A client and its outcomes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Expected {
    /// Its realm.
    pub realm: &'static str,
    /// Its id.
    pub client_id: &'static str,
    /// Over plain HTTP.
    pub plain: Outcome,
    /// Over TLS.
    pub tls: Outcome,
}

const ACCOUNT: &[&str] = &["account"];
const FIVE_MINUTES: Outcome = Token { lifetime: 300, audience: ACCOUNT };
const NO_TLS: Outcome = Refused { status: 403, code: "invalid_request", message: "HTTPS required" };

/// Every client of every realm file, and one that is in none.
pub const TABLE: [Expected; 19] = [
    of("monitor", FIVE_MINUTES),
    of("special", FIVE_MINUTES),
    of("Straßenlärm-β", FIVE_MINUTES),
    of("short-lived", Token { lifetime: 4, audience: ACCOUNT }),
    of("sixty", Token { lifetime: 60, audience: ACCOUNT }),
    // Keycloak takes such a token, and so does the API: it has not ended before it began.
    of("zero", Token { lifetime: 0, audience: ACCOUNT }),
    // Not the realm's five minutes: a session's ten hours.
    of("minus", Token { lifetime: 36_000, audience: ACCOUNT }),
    of("long", Token { lifetime: 36_000, audience: ACCOUNT }),
    of("refresh", FIVE_MINUTES),
    of("audience", Token { lifetime: 300, audience: &["audience", "account"] }),
    of("nobody", unknown()),
    of("disabled", unknown()),
    of("no-service-account", unauthorized("Client not enabled to retrieve service account")),
    of("public", unauthorized("Public client not allowed to retrieve service account")),
    of("bearer-only", invalid("Bearer-only not allowed")),
    of("signed-jwt", invalid("Parameter client_assertion_type is missing")),
    of("saml", invalid("Wrong client protocol.")),
    Expected {
        realm: "off",
        ..of("monitor", Refused { status: 403, code: "access_denied", message: "Realm not enabled" })
    },
    Expected { realm: "tls", plain: NO_TLS, ..of("monitor", FIVE_MINUTES) },
];

/// A client of the realm `persium`, which does not ask for TLS.
const fn of(client_id: &'static str, outcome: Outcome) -> Expected {
    Expected { realm: "persium", client_id, plain: outcome, tls: outcome }
}

/// Who is turned off is not told from who is not there.
const fn unknown() -> Outcome {
    Refused { status: 401, code: "invalid_client", message: "Invalid client or Invalid client credentials" }
}

const fn unauthorized(message: &'static str) -> Outcome {
    Refused { status: 401, code: "unauthorized_client", message }
}

const fn invalid(message: &'static str) -> Outcome {
    Refused { status: 400, code: "invalid_client", message }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::realms;
    use super::*;

    #[test]
    fn every_client_of_the_realm_files_has_an_expected_outcome() {
        let expected: BTreeSet<_> =
            TABLE.iter().map(|row| (row.realm.to_owned(), row.client_id.to_owned())).collect();
        assert_eq!(expected.len(), TABLE.len(), "each client once");
        let mut in_files: BTreeSet<_> = realms::clients().into_keys().collect();
        in_files.insert(("persium".to_owned(), "nobody".to_owned()));
        assert_eq!(expected, in_files);
    }
}
