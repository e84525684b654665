//! What a realm publishes about itself: its page, discovery and keys.

use serde::Serialize;

use super::answer;
use super::realm::Realm;
use crate::keys::KeyRing;
use crate::message::Reply;

/// OpenID Connect Discovery 1.0 §3: the members that machine clients read.
#[derive(Serialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    introspection_endpoint: String,
    userinfo_endpoint: String,
    end_session_endpoint: String,
    jwks_uri: String,
    grant_types_supported: [&'static str; 8],
    response_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 2],
    id_token_signing_alg_values_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 3],
    token_endpoint_auth_methods_supported: [&'static str; 5],
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 1],
    introspection_endpoint_auth_methods_supported: [&'static str; 5],
    claims_supported: [&'static str; 11],
    claim_types_supported: [&'static str; 1],
    claims_parameter_supported: bool,
    scopes_supported: [&'static str; 13],
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    code_challenge_methods_supported: [&'static str; 2],
    tls_client_certificate_bound_access_tokens: bool,
    revocation_endpoint: String,
    mtls_endpoint_aliases: Aliases,
}

#[derive(Serialize)]
struct Aliases {
    token_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    userinfo_endpoint: String,
}

#[derive(Serialize)]
struct Page<'a> {
    realm: &'a str,
    public_key: String,
    #[serde(rename = "token-service")]
    token_service: String,
    #[serde(rename = "account-service")]
    account_service: String,
    #[serde(rename = "tokens-not-before")]
    tokens_not_before: u64,
}

const CLIENT_AUTHENTICATIONS: [&str; 5] =
    ["private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth", "client_secret_jwt"];

pub(super) fn discovery(issuer: String) -> Reply {
    let endpoint = |leaf: &str| format!("{issuer}/protocol/openid-connect/{leaf}");
    let document = Discovery {
        authorization_endpoint: endpoint("auth"),
        token_endpoint: endpoint("token"),
        introspection_endpoint: endpoint("token/introspect"),
        userinfo_endpoint: endpoint("userinfo"),
        end_session_endpoint: endpoint("logout"),
        jwks_uri: endpoint("certs"),
        grant_types_supported: [
            "authorization_code",
            "client_credentials",
            "implicit",
            "password",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:openid:params:grant-type:ciba",
        ],
        response_types_supported: ["code"],
        subject_types_supported: ["public", "pairwise"],
        id_token_signing_alg_values_supported: ["RS256"],
        response_modes_supported: ["query", "fragment", "form_post"],
        token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATIONS,
        token_endpoint_auth_signing_alg_values_supported: ["RS256"],
        introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATIONS,
        claims_supported: [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "name",
            "given_name",
            "family_name",
            "preferred_username",
            "email",
        ],
        claim_types_supported: ["normal"],
        claims_parameter_supported: true,
        scopes_supported: [
            "openid",
            "acr",
            "address",
            "basic",
            "email",
            "microprofile-jwt",
            "offline_access",
            "organization",
            "phone",
            "profile",
            "roles",
            "service_account",
            "web-origins",
        ],
        request_parameter_supported: true,
        request_uri_parameter_supported: true,
        code_challenge_methods_supported: ["plain", "S256"],
        tls_client_certificate_bound_access_tokens: true,
        revocation_endpoint: endpoint("revoke"),
        mtls_endpoint_aliases: Aliases {
            token_endpoint: endpoint("token"),
            revocation_endpoint: endpoint("revoke"),
            introspection_endpoint: endpoint("token/introspect"),
            userinfo_endpoint: endpoint("userinfo"),
        },
        issuer,
    };
    let caching = "no-cache, must-revalidate, no-transform, no-store";
    answer::document(caching, "application/json").with_json(&document)
}

pub(super) fn certs(keys: &KeyRing) -> Reply {
    answer::document("no-cache", "application/json").with_json(&keys.document())
}

pub(super) fn page(base: &str, realm: &Realm, keys: &KeyRing) -> Reply {
    let page = Page {
        realm: realm.name(),
        public_key: keys.public_key(),
        token_service: format!("{base}/protocol/openid-connect"),
        account_service: format!("{base}/account"),
        tokens_not_before: realm.not_before,
    };
    answer::document("no-cache", "application/json;charset=UTF-8").with_json(&page)
}
