//! Clients of the real Keycloak, and what their tokens and errors say.

use std::error::Error as _;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use persium_core::{Bearer, Config, ConfigBuilder, Error};
use persium_testkit::Kit;
use persium_testkit::conformance::{Driver, Setup};
use serde_json::Value;

use super::{Keycloak, realms};

/// The realm that most clients are in.
pub const REALM: &str = "persium";
/// A client of it with nothing odd about it.
pub const PLAIN: &str = "monitor";

/// An API that knows `client_id` and trusts this server's tokens.
#[must_use]
pub fn api_for(keycloak: &Keycloak, client_id: &str) -> Kit {
    Kit::builder()
        .client(client_id, "known to Keycloak alone")
        .trust(keycloak.issuer(REALM), &keycloak.keys(REALM))
        .start()
}

/// A configuration of the client with the secret that its realm's file gives it.
pub fn builder(keycloak: &Keycloak, kit: &Kit, realm: &str, client_id: &str) -> ConfigBuilder {
    Config::builder()
        .token_url(keycloak.token_url(realm))
        .api_base_url(kit.api_base_url())
        .client_id(client_id)
        .client_secret(realms::secret(realm, client_id))
        .allow_loopback_http()
}

/// The same as a driver.
///
/// # Panics
///
/// Where it cannot be made.
#[must_use]
pub fn connect<D: Driver>(keycloak: &Keycloak, builder: ConfigBuilder) -> D {
    let config = builder.build().expect("every value is one that a client takes");
    let mut setup = Setup::default();
    setup.ca_pem = keycloak.ca_pem().map(str::to_owned);
    D::connect(config, setup).expect("TLS can be set up")
}

/// A client of the realm `persium`.
#[must_use]
pub fn client<D: Driver>(keycloak: &Keycloak, kit: &Kit, client_id: &str) -> D {
    connect(keycloak, builder(keycloak, kit, REALM, client_id))
}

/// What a token says about itself.
///
/// # Panics
///
/// Where it is no JWT.
#[must_use]
pub fn claims(bearer: &Bearer) -> Value {
    let header = bearer.header().to_str().expect("a token is ASCII");
    let payload = header.split('.').nth(1).expect("a JWT has three parts");
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).expect("a JWT's parts are base64url");
    serde_json::from_slice(&payload).expect("a JWT's claims are JSON")
}

/// Everything an error could show, its sources included.
#[must_use]
pub fn everything_shown(error: &Error) -> String {
    let mut shown = format!("{error}\n{error:?}\n{}", error.hint());
    let mut source = error.source();
    while let Some(cause) = source {
        shown += &format!("\n{cause}\n{cause:?}");
        source = cause.source();
    }
    shown
}
