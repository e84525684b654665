//! The fake as each release that there are recordings of, with the realms that the real one is given.

use std::fs;
use std::time::Duration;

use persium_testkit::{Kit, Profile, Realm, RealmClient, RealmClientKind, TlsRequired};
use serde_json::Value;

use super::realms;

/// The releases, and the fake's profile of each.
pub const RELEASES: [(&str, Profile); 4] = [
    ("24.0.5", Profile::V26_7),
    ("26.0.8", Profile::V26_7),
    ("26.4.0", Profile::V26_7),
    ("26.7.3", Profile::V26_7),
];

/// The fake of that profile.
///
/// # Panics
///
/// Where it does not take the realm files.
#[must_use]
pub fn fake(profile: Profile) -> Kit {
    let mut builder = Kit::builder().profile(profile).unchecked();
    for file in realms::files() {
        let text = fs::read_to_string(file).expect("a realm can be read");
        builder = builder.realm(stop_gap(&text));
    }
    builder.start()
}

fn stop_gap(text: &str) -> Realm {
    let json: Value = serde_json::from_str(text).expect("a realm file");
    let mut realm =
        Realm::new(json["realm"].as_str().expect("a realm file")).token_lifetime(Duration::from_secs(300));
    if json["enabled"] == false {
        realm = realm.disabled();
    }
    if json["sslRequired"] == "all" {
        realm = realm.tls_required(TlsRequired::All);
    } else {
        realm = realm.tls_required(TlsRequired::None);
    }
    for c in json["clients"].as_array().expect("a realm file") {
        let mut client = RealmClient::new(
            c["clientId"].as_str().expect("a realm file"),
            c["secret"].as_str().unwrap_or_default(),
        );
        if c["enabled"] == false {
            client = client.disabled();
        }
        if c["serviceAccountsEnabled"] == false {
            client = client.without_service_account();
        }
        if c["publicClient"] == true {
            client = client.kind(RealmClientKind::Public);
        }
        if c["bearerOnly"] == true {
            client = client.kind(RealmClientKind::BearerOnly);
        }
        if c["clientAuthenticatorType"] == "client-jwt" {
            client = client.kind(RealmClientKind::SignedJwt);
        }
        if c["protocol"] == "saml" {
            client = client.kind(RealmClientKind::Saml);
        }
        if let Some(s) = c["attributes"]["access.token.lifespan"].as_str() {
            client = client.token_lifetime(s.parse().expect("a realm file"));
        }
        if c["attributes"]["client_credentials.use_refresh_token"] == "true" {
            client = client.with_refresh_tokens();
        }
        if c["protocolMappers"].is_array() {
            client = client.audience("audience");
        }
        realm = realm.client(client);
    }
    realm
}
