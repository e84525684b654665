//! The discovery document: its members in Keycloak's order, and since when each is there.

use serde_json::{Value, json};

use super::claims::Claims;
use super::profile::{Release, Rules};
use super::realm::Realm;
use super::scope;

use Member::{Endpoint, List, Scopes, True, Untrue};
use Release::{R24, R26_0, R26_4, R26_7};

/// What a member holds.
enum Member {
    /// The issuer and a path below it.
    Endpoint(&'static str),
    /// Words, and since when each is among them.
    List(&'static [&'static [(&'static str, Release)]]),
    /// The realm's client scopes.
    Scopes,
    True,
    Untrue,
}

type Words = &'static [(&'static str, Release)];

const SIGNATURES: Words = &[
    ("PS384", R24),
    ("RS384", R24),
    ("EdDSA", R24),
    ("ES384", R24),
    ("HS256", R24),
    ("HS512", R24),
    ("ES256", R24),
    ("RS256", R24),
    ("HS384", R24),
    ("ES512", R24),
    ("PS256", R24),
    ("PS512", R24),
    ("RS512", R24),
];
const ASYMMETRIC: Words = &[
    ("PS384", R24),
    ("RS384", R24),
    ("EdDSA", R24),
    ("ES384", R24),
    ("ES256", R24),
    ("RS256", R24),
    ("ES512", R24),
    ("PS256", R24),
    ("PS512", R24),
    ("RS512", R24),
];
const NONE: Words = &[("none", R24)];
const KEY_WRAPS: Words = &[
    ("ECDH-ES+A256KW", R26_0),
    ("ECDH-ES+A192KW", R26_0),
    ("ECDH-ES+A128KW", R26_0),
    ("RSA-OAEP", R24),
    ("RSA-OAEP-256", R24),
    ("RSA1_5", R24),
    ("ECDH-ES", R26_0),
];
const CIPHERS: Words = &[
    ("A256GCM", R24),
    ("A192GCM", R24),
    ("A128GCM", R24),
    ("A128CBC-HS256", R24),
    ("A192CBC-HS384", R24),
    ("A256CBC-HS512", R24),
];
const CLIENT_AUTHENTICATIONS: Words = &[
    ("private_key_jwt", R24),
    ("client_secret_basic", R24),
    ("client_secret_post", R24),
    ("tls_client_auth", R24),
    ("client_secret_jwt", R24),
];
const GRANTS: Words = &[
    ("authorization_code", R24),
    ("client_credentials", R26_4),
    ("implicit", R24),
    ("password", R24),
    ("refresh_token", R24),
    ("urn:ietf:params:oauth:grant-type:device_code", R24),
    ("urn:ietf:params:oauth:grant-type:jwt-bearer", R26_7),
    ("urn:ietf:params:oauth:grant-type:token-exchange", R26_4),
    ("urn:ietf:params:oauth:grant-type:uma-ticket", R26_4),
    ("urn:openid:params:grant-type:ciba", R24),
];
/// Where it stood before the list was put in order.
const OLD_CLIENT_CREDENTIALS: &str = "client_credentials";
const RESPONSE_TYPES: Words = &[
    ("code", R24),
    ("none", R24),
    ("id_token", R24),
    ("token", R24),
    ("id_token token", R24),
    ("code id_token", R24),
    ("code token", R24),
    ("code id_token token", R24),
];
const RESPONSE_MODES: Words = &[
    ("query", R24),
    ("fragment", R24),
    ("form_post", R24),
    ("query.jwt", R24),
    ("fragment.jwt", R24),
    ("form_post.jwt", R24),
    ("jwt", R24),
];
const CLAIMS: Words = &[
    ("iss", R26_4),
    ("sub", R26_4),
    ("aud", R26_4),
    ("exp", R26_4),
    ("iat", R26_4),
    ("auth_time", R26_4),
    ("name", R26_4),
    ("given_name", R26_4),
    ("family_name", R26_4),
    ("preferred_username", R26_4),
    ("email", R26_4),
    ("acr", R26_4),
    ("azp", R26_4),
    ("nonce", R26_4),
];
const OLD_CLAIMS: [&str; 10] = [
    "aud",
    "sub",
    "iss",
    "auth_time",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "email",
    "acr",
];

/// OpenID Connect Discovery 1.0 §3.
const MEMBERS: &[(&str, Release, Member)] = &[
    ("issuer", R24, Endpoint("")),
    ("authorization_endpoint", R24, Endpoint("/protocol/openid-connect/auth")),
    ("token_endpoint", R24, Endpoint("/protocol/openid-connect/token")),
    ("introspection_endpoint", R24, Endpoint("/protocol/openid-connect/token/introspect")),
    ("userinfo_endpoint", R24, Endpoint("/protocol/openid-connect/userinfo")),
    ("end_session_endpoint", R24, Endpoint("/protocol/openid-connect/logout")),
    ("frontchannel_logout_session_supported", R24, True),
    ("frontchannel_logout_supported", R24, True),
    ("jwks_uri", R24, Endpoint("/protocol/openid-connect/certs")),
    ("check_session_iframe", R24, Endpoint("/protocol/openid-connect/login-status-iframe.html")),
    ("grant_types_supported", R24, List(&[GRANTS])),
    ("acr_values_supported", R24, List(&[&[("0", R24), ("1", R24)]])),
    ("response_types_supported", R24, List(&[RESPONSE_TYPES])),
    ("subject_types_supported", R24, List(&[&[("public", R24), ("pairwise", R24)]])),
    ("prompt_values_supported", R26_4, List(&[&[("none", R24), ("login", R24), ("consent", R24)]])),
    ("id_token_signing_alg_values_supported", R24, List(&[SIGNATURES])),
    ("id_token_encryption_alg_values_supported", R24, List(&[KEY_WRAPS])),
    ("id_token_encryption_enc_values_supported", R24, List(&[CIPHERS])),
    ("userinfo_signing_alg_values_supported", R24, List(&[SIGNATURES, NONE])),
    ("userinfo_encryption_alg_values_supported", R24, List(&[KEY_WRAPS])),
    ("userinfo_encryption_enc_values_supported", R24, List(&[CIPHERS])),
    ("request_object_signing_alg_values_supported", R24, List(&[SIGNATURES, NONE])),
    ("request_object_encryption_alg_values_supported", R24, List(&[KEY_WRAPS])),
    ("request_object_encryption_enc_values_supported", R24, List(&[CIPHERS])),
    ("response_modes_supported", R24, List(&[RESPONSE_MODES])),
    ("registration_endpoint", R24, Endpoint("/clients-registrations/openid-connect")),
    ("token_endpoint_auth_methods_supported", R24, List(&[CLIENT_AUTHENTICATIONS])),
    ("token_endpoint_auth_signing_alg_values_supported", R24, List(&[SIGNATURES])),
    ("introspection_endpoint_auth_methods_supported", R24, List(&[CLIENT_AUTHENTICATIONS])),
    ("introspection_endpoint_auth_signing_alg_values_supported", R24, List(&[SIGNATURES])),
    ("authorization_signing_alg_values_supported", R24, List(&[SIGNATURES])),
    ("authorization_encryption_alg_values_supported", R24, List(&[KEY_WRAPS])),
    ("authorization_encryption_enc_values_supported", R24, List(&[CIPHERS])),
    ("claims_supported", R24, List(&[CLAIMS])),
    ("claim_types_supported", R24, List(&[&[("normal", R24)]])),
    ("claims_parameter_supported", R24, True),
    ("scopes_supported", R24, Scopes),
    ("request_parameter_supported", R24, True),
    ("request_uri_parameter_supported", R24, True),
    ("require_request_uri_registration", R24, True),
    ("code_challenge_methods_supported", R24, List(&[&[("plain", R24), ("S256", R24)]])),
    ("tls_client_certificate_bound_access_tokens", R24, True),
    ("dpop_signing_alg_values_supported", R26_4, List(&[ASYMMETRIC])),
    ("revocation_endpoint", R24, Endpoint("/protocol/openid-connect/revoke")),
    ("revocation_endpoint_auth_methods_supported", R24, List(&[CLIENT_AUTHENTICATIONS])),
    ("revocation_endpoint_auth_signing_alg_values_supported", R24, List(&[SIGNATURES])),
    ("backchannel_logout_supported", R24, True),
    ("backchannel_logout_session_supported", R24, True),
    ("device_authorization_endpoint", R24, Endpoint("/protocol/openid-connect/auth/device")),
    ("backchannel_token_delivery_modes_supported", R24, List(&[&[("poll", R24), ("ping", R24)]])),
    ("backchannel_authentication_endpoint", R24, Endpoint("/protocol/openid-connect/ext/ciba/auth")),
    ("backchannel_authentication_request_signing_alg_values_supported", R24, List(&[ASYMMETRIC])),
    ("require_pushed_authorization_requests", R24, Untrue),
    ("pushed_authorization_request_endpoint", R24, Endpoint("/protocol/openid-connect/ext/par/request")),
];

/// The endpoints that a client with a certificate uses (RFC 8705 §5): the same.
const ALIASES: [&str; 8] = [
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "device_authorization_endpoint",
    "registration_endpoint",
    "userinfo_endpoint",
    "pushed_authorization_request_endpoint",
    "backchannel_authentication_endpoint",
];

/// What of it the document of User-Managed Access repeats, in its order.
const UMA: [&str; 14] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "introspection_endpoint",
    "end_session_endpoint",
    "frontchannel_logout_session_supported",
    "frontchannel_logout_supported",
    "jwks_uri",
    "grant_types_supported",
    "response_types_supported",
    "response_modes_supported",
    "registration_endpoint",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
];

/// The discovery document of an issuer.
pub(super) fn document(rules: &Rules, realm: &Realm, issuer: &str) -> Claims {
    let mut document = Claims::default();
    for (name, since, member) in MEMBERS {
        if *since <= rules.release {
            document.put(name, value(rules, realm, issuer, name, member));
        }
    }
    let mut aliases = Claims::default();
    for name in ALIASES {
        if let Some(value) = document.value(name) {
            aliases.put(name, value.clone());
        }
    }
    document.put_all("mtls_endpoint_aliases", aliases);
    document.put("authorization_response_iss_parameter_supported", true);
    document
}

/// The document of User-Managed Access 2.0.
pub(super) fn uma(rules: &Rules, realm: &Realm, issuer: &str) -> Claims {
    let whole = document(rules, realm, issuer);
    let mut document = Claims::default();
    for name in UMA.into_iter().chain(["scopes_supported"]) {
        if let Some(value) = whole.value(name) {
            document.put(name, value.clone());
        }
    }
    for (name, leaf) in [
        ("resource_registration_endpoint", "resource_set"),
        ("permission_endpoint", "permission"),
        ("policy_endpoint", "uma-policy"),
    ] {
        document.put(name, format!("{issuer}/authz/protection/{leaf}"));
    }
    document
}

fn value(rules: &Rules, realm: &Realm, issuer: &str, name: &str, member: &Member) -> Value {
    match member {
        Endpoint(path) => format!("{issuer}{path}").into(),
        True => true.into(),
        Untrue => false.into(),
        Scopes => scope::names(rules, realm).into(),
        List(_) if name == "claims_supported" && rules.release < R26_4 => json!(OLD_CLAIMS),
        List(parts) => {
            let words = parts.iter().flat_map(|part| part.iter());
            let mut words: Vec<_> =
                words.filter(|(_, since)| *since <= rules.release).map(|(word, _)| *word).collect();
            if name == "grant_types_supported" && rules.release < R26_4 {
                words.insert(4, OLD_CLIENT_CREDENTIALS);
            }
            words.into()
        }
    }
}
