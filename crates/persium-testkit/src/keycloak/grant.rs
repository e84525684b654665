//! The grant itself: which scopes, which claims, which tokens.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde::Serialize;
use uuid::Uuid;

use super::realm::{Realm, RealmClient};
use super::{Granted, Keycloak, answer};
use crate::message::{Reply, Request, json};
use crate::seed;

/// What a client scope of every new realm is called; those that show in the token's `scope` have `true`.
const SCOPES: [(&str, bool); 12] = [
    ("acr", false),
    ("address", true),
    ("basic", false),
    ("email", true),
    ("microprofile-jwt", true),
    ("offline_access", true),
    ("organization", true),
    ("phone", true),
    ("profile", true),
    ("roles", false),
    ("service_account", false),
    ("web-origins", false),
];

/// Seconds that a refresh token lives: a realm's default for idle sessions.
const REFRESH_LIFETIME: u64 = 1800;

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

/// The scopes that a token has.
pub(super) struct Scope {
    words: Vec<&'static str>,
}

impl Scope {
    /// The defaults and what was asked for beside them. An empty parameter asks for a scope without a name.
    pub(super) fn requested(parameter: Option<&str>) -> Result<Self, Reply> {
        let mut words = vec!["email", "profile"];
        let Some(text) = parameter else { return Ok(Self { words }) };
        for word in text.split(' ') {
            if word == "openid" {
                words.insert(0, "openid");
                continue;
            }
            let Some((known, is_shown)) = SCOPES.iter().find(|(name, _)| *name == word) else {
                return Err(answer::error(400, "invalid_scope", &format!("Invalid scopes: {text}")));
            };
            if *is_shown && !words.contains(known) {
                words.push(known);
            }
        }
        Ok(Self { words })
    }

    fn has_openid(&self) -> bool {
        self.words.contains(&"openid")
    }
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

/// The claims that access, id and refresh tokens share out among themselves.
#[derive(Serialize)]
struct Claims<'a> {
    exp: u64,
    iat: u64,
    jti: String,
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Audience>,
    sub: Uuid,
    typ: &'static str,
    azp: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    acr: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    realm_access: Option<Roles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_access: Option<ResourceAccess>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    email_verified: bool,
    #[serde(rename = "clientHost")]
    client_host: String,
    preferred_username: String,
    #[serde(rename = "clientAddress")]
    client_address: String,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    padding: Option<String>,
}

/// A lone audience is a string, several are a list.
#[derive(Serialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Serialize)]
struct Roles {
    roles: Vec<String>,
}

#[derive(Serialize)]
struct ResourceAccess {
    account: Roles,
}

impl Keycloak<'_> {
    pub(super) fn grant(
        &self,
        request: &Request,
        realm: &Realm,
        client: &RealmClient,
        scope: &Scope,
        is_basic: bool,
    ) -> Granted {
        let issued_at = self.now.wall.as_secs();
        let lifetime = client.token_lifetime.map_or(realm.token_lifetime.as_secs(), |seconds| {
            u64::try_from(seconds).unwrap_or(NEGATIVE_LIFETIME)
        });
        let expires_at = issued_at + lifetime;
        let issuer = self.issuer(request, realm);
        let words = scope.words.join(" ");
        let session = URL_SAFE_NO_PAD.encode(&seed::uuid(self.nonce, &[1]).as_bytes()[..]);
        let session = client.has_refresh_tokens.then_some(session.as_str());

        let mut claims = self.access_claims(request, realm, client, &issuer);
        claims.exp = expires_at;
        claims.scope = Some(&words);
        claims.sid = session;
        let token = self.keys.sign(&json(&claims));
        let id_token = scope.has_openid().then(|| {
            let claims = Claims {
                jti: seed::uuid(self.nonce, &[2]).to_string(),
                aud: Some(Audience::One(client.id.clone())),
                typ: "ID",
                at_hash: Some(URL_SAFE_NO_PAD.encode(&digest(&SHA256, token.as_bytes()).as_ref()[..16])),
                realm_access: None,
                resource_access: None,
                scope: None,
                padding: None,
                ..claims
            };
            self.keys.sign(&json(&claims))
        });
        let response = TokenResponse {
            access_token: &token,
            expires_in: lifetime,
            refresh_expires_in: if session.is_some() { REFRESH_LIFETIME } else { 0 },
            refresh_token: session.map(|session| refresh_token(&issuer, &client.id, session, issued_at)),
            token_type: "Bearer",
            id_token,
            not_before_policy: realm.not_before,
            session_state: session,
            scope: words.clone(),
        };
        let reply = answer::unstored(200).with_json(&response);
        let client_id = client.id.clone();
        let (kid, lifetime) = (self.keys.signing_kid(), Duration::from_secs(lifetime));
        let minted = Minted { issuer, token, client_id, kid, expires_at, lifetime, is_basic };
        Granted { reply, minted: Some(minted) }
    }

    fn access_claims<'a>(
        &self,
        request: &Request,
        realm: &Realm,
        client: &'a RealmClient,
        issuer: &'a str,
    ) -> Claims<'a> {
        let mut audiences = client.audiences.clone();
        audiences.push("account".into());
        let audience = match audiences.as_slice() {
            [one] => Audience::One(one.clone()),
            _ => Audience::Several(audiences),
        };
        let roles = |names: &[&str]| Roles { roles: names.iter().map(ToString::to_string).collect() };
        let defaults = format!("default-roles-{}", realm.name().to_lowercase());
        // Transient session, regular token, client credentials; "on" where a session is kept for refreshing.
        let prefix = if client.has_refresh_tokens { "onrtcc" } else { "trrtcc" };
        Claims {
            exp: 0,
            iat: self.now.wall.as_secs(),
            jti: format!("{prefix}:{}", seed::uuid(self.nonce, &[0])),
            iss: issuer,
            aud: Some(audience),
            sub: seed::uuid(seed::of_text(realm.name()), &[seed::of_text(&client.id)]),
            typ: "Bearer",
            azp: &client.id,
            sid: None,
            at_hash: None,
            acr: "1",
            realm_access: Some(roles(&[&defaults, "offline_access", "uma_authorization"])),
            resource_access: Some(ResourceAccess {
                account: roles(&["manage-account", "manage-account-links", "view-profile"]),
            }),
            scope: None,
            email_verified: false,
            client_host: request.peer.to_string(),
            preferred_username: format!("service-account-{}", client.id.to_lowercase()),
            client_address: request.peer.to_string(),
            client_id: &client.id,
            padding: (self.padding > 0).then(|| "x".repeat(self.padding)),
        }
    }
}

/// A refresh token as Keycloak makes it: for its own eyes only, signed by a secret of the realm's (HS512).
fn refresh_token(issuer: &str, client_id: &str, session: &str, issued_at: u64) -> String {
    #[derive(Serialize)]
    struct RefreshClaims<'a> {
        exp: u64,
        iat: u64,
        iss: &'a str,
        aud: &'a str,
        typ: &'static str,
        azp: &'a str,
        sid: &'a str,
    }
    let exp = issued_at + REFRESH_LIFETIME;
    let claims = RefreshClaims {
        exp,
        iat: issued_at,
        iss: issuer,
        aud: issuer,
        typ: "Refresh",
        azp: client_id,
        sid: session,
    };
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS512","typ" : "JWT","kid" : "persium-testkit-refresh"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(json(&claims)));
    let key = hmac::Key::new(hmac::HMAC_SHA512, b"persium-testkit: not a secret");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
}
