//! The tokens of a grant: access, refresh and id token, and the response around them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::answer::Early;
use super::claims::{Claims, Destination, Facts};
use super::{Granted, Keycloak, shown};
use crate::message::json;
use crate::seed;

/// Seconds that a negative lifetime of a client's own means.
const NEGATIVE_LIFETIME: u64 = 36_000;

/// A token that went out.
pub(crate) struct Minted {
    pub(crate) token: String,
    pub(crate) client_id: String,
    pub(crate) issuer: String,
    /// The key that signed it.
    pub(crate) kid: String,
    /// What its `exp` says: seconds since the Unix epoch, by the server's clock.
    pub(crate) expires_at: u64,
    /// What `expires_in` says.
    pub(crate) lifetime: Duration,
    pub(crate) is_basic: bool,
}

/// By what a token was got: two letters of its `jti`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    ClientCredentials,
    Password,
    Refresh,
}

/// What a grant gives beside the access token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Renewal {
    Without,
    Refresh,
    /// A refresh token that does not expire with a session.
    Offline,
}

/// Members in the order of the wire.
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    expires_in: u64,
    refresh_expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(rename = "not-before-policy")]
    not_before_policy: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_state: Option<&'a str>,
    scope: String,
}

impl Kind {
    fn letters(self) -> &'static str {
        match self {
            Self::ClientCredentials => "cc",
            Self::Password => "ro",
            Self::Refresh => "rt",
        }
    }
}

impl Keycloak<'_> {
    /// A name for a session that begins with this request.
    pub(super) fn new_session(&self) -> String {
        if !self.rules().has_short_sessions {
            return seed::uuid(self.nonce, &[1]).to_string();
        }
        let bytes = [seed::uuid(self.nonce, &[1]), seed::uuid(self.nonce, &[4])].map(uuid::Uuid::into_bytes);
        URL_SAFE_NO_PAD.encode(&bytes.concat()[..18])
    }

    /// Mints what a grant gives. `early` is what the endpoint has said so far.
    pub(super) fn issue(
        &self,
        facts: Facts<'_>,
        early: Early,
        kind: Kind,
        renewal: Renewal,
        is_basic: bool,
    ) -> Granted {
        let Facts { request, realm, client, .. } = facts;
        let issued_at = self.now.wall.as_secs();
        let lifetime = client.token_lifetime.map_or(realm.token_lifetime.as_secs(), |seconds| {
            u64::try_from(seconds).unwrap_or(NEGATIVE_LIFETIME)
        });
        let expires_at = issued_at.saturating_add(lifetime);
        let issuer = self.issuer(request, realm);
        let claims = self.access_claims(facts, &issuer, expires_at, kind, renewal);
        let kind_of_token = if client.has_rfc9068_header { "at+jwt" } else { "JWT" };
        let token = self.keys.sign(kind_of_token, &json(&claims));
        let id_token = facts.scope.has_openid.then(|| {
            let claims = self.id_claims(facts, &issuer, expires_at, &token);
            self.keys.sign("JWT", &json(&claims))
        });
        let idle = realm.session_idle.as_secs();
        let refresh_token = match renewal {
            Renewal::Without => None,
            Renewal::Refresh => Some(self.refresh_claims(facts, &issuer, Some(issued_at + idle))),
            Renewal::Offline => Some(self.refresh_claims(facts, &issuer, None)),
        };
        let response = TokenResponse {
            access_token: &token,
            expires_in: lifetime,
            refresh_expires_in: if renewal == Renewal::Refresh { idle } else { 0 },
            refresh_token: refresh_token.map(|claims| shown::sign(&json(&claims))),
            token_type: "Bearer",
            id_token,
            not_before_policy: realm.not_before.max(client.not_before),
            session_state: facts.session,
            scope: facts.scope.shown(),
        };
        let reply = self.answers(request).json(early, 200).with_json(&response);
        let client_id = client.id.clone();
        let (kid, lifetime) = (self.keys.signing_kid(), Duration::from_secs(lifetime));
        let minted = Minted { issuer, token, client_id, kid, expires_at, lifetime, is_basic };
        Granted { minted: Some(minted), ..reply.into() }
    }

    fn access_claims(
        &self,
        facts: Facts<'_>,
        issuer: &str,
        expires_at: u64,
        kind: Kind,
        renewal: Renewal,
    ) -> Claims {
        let uuid = seed::uuid(self.nonce, &[0]);
        let session = match (facts.session, renewal) {
            (None, _) => "tr",
            (Some(_), Renewal::Offline) => "of",
            (Some(_), _) => "on",
        };
        let weight = if facts.client.is_lightweight { "lt" } else { "rt" };
        let jti = if facts.rules.has_jti_prefix {
            format!("{session}{weight}{}:{uuid}", kind.letters())
        } else {
            uuid.to_string()
        };
        let mut claims = self.first_claims(issuer, Some(expires_at), &jti, None);
        let is_whole = !facts.client.is_lightweight;
        if is_whole {
            facts.put_audience(&mut claims, &[], Destination::Access);
        }
        claims.put("sub", facts.account.id.to_string());
        claims.put("typ", "Bearer");
        claims.put("azp", facts.client.id.as_str());
        facts.put_session(&mut claims);
        if is_whole {
            if facts.scope.has("acr") {
                claims.put("acr", "1");
            }
            facts.put_roles(&mut claims);
        }
        claims.put("scope", facts.scope.shown());
        facts.put_late_session(&mut claims);
        if is_whole {
            facts.put_account(&mut claims, Destination::Access);
        }
        if self.padding > 0 {
            claims.put("padding", "x".repeat(self.padding));
        }
        claims
    }

    fn id_claims(&self, facts: Facts<'_>, issuer: &str, expires_at: u64, access_token: &str) -> Claims {
        let jti = seed::uuid(self.nonce, &[2]).to_string();
        let auth_time = facts.rules.has_session_state.then_some(0);
        let mut claims = self.first_claims(issuer, Some(expires_at), &jti, auth_time);
        claims.put("aud", facts.client.id.as_str());
        claims.put("sub", facts.account.id.to_string());
        claims.put("typ", "ID");
        claims.put("azp", facts.client.id.as_str());
        facts.put_session(&mut claims);
        // OpenID Connect Core 1.0 §3.1.3.6: the left half of the hash.
        let hash = digest(&SHA256, access_token.as_bytes());
        claims.put("at_hash", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
        if facts.scope.has("acr") {
            claims.put("acr", "1");
        }
        facts.put_late_session(&mut claims);
        facts.put_account(&mut claims, Destination::Id);
        claims
    }

    /// A refresh token is for Keycloak's own eyes: issuer and audience are one.
    fn refresh_claims(&self, facts: Facts<'_>, issuer: &str, expires_at: Option<u64>) -> Claims {
        let jti = seed::uuid(self.nonce, &[3]).to_string();
        let mut claims = self.first_claims(issuer, expires_at, &jti, None);
        claims.put("aud", issuer);
        claims.put("sub", facts.account.id.to_string());
        claims.put("typ", if expires_at.is_some() { "Refresh" } else { "Offline" });
        claims.put("azp", facts.client.id.as_str());
        facts.put_session(&mut claims);
        claims.put("scope", facts.scope.kept(facts.rules));
        facts.put_late_session(&mut claims);
        if facts.rules.has_refresh_audience {
            match facts.resolved_audiences().as_slice() {
                [] => {}
                [one] => claims.put("aud_x", one.as_str()),
                several => claims.put("aud_x", several),
            }
            claims.put("prov", "default");
        }
        claims
    }

    fn first_claims(
        &self,
        issuer: &str,
        expires_at: Option<u64>,
        jti: &str,
        auth_time: Option<u64>,
    ) -> Claims {
        let mut claims = Claims::default();
        if let Some(expires_at) = expires_at {
            claims.put("exp", expires_at);
        }
        claims.put("iat", self.now.wall.as_secs());
        if let Some(auth_time) = auth_time {
            claims.put("auth_time", auth_time);
        }
        claims.put("jti", jti);
        claims.put("iss", issuer);
        claims
    }
}
