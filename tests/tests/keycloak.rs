//! The client against a real Keycloak, which `cargo xtask keycloak` starts and names in `PERSIUM_KEYCLOAK`.
//!
//! Keycloak gives the tokens. The API is the fake's, told to trust the keys that Keycloak publishes, so what passes
//! here has been signed, sent, checked and accepted for real.

use std::env;
use std::error::Error as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use persium_core::{Authentication, Config, Error};
use persium_hyper::Client;
use persium_testkit::Kit;
use serde_json::Value;
use time::OffsetDateTime;

/// The realm that the tests' clients are in.
const REALM: &str = "persium";
const REALM_FILE: &str = include_str!("../keycloak/realms/persium.json");

/// A client of the realm with nothing odd about it.
const PLAIN: &str = "monitor";
/// One whose secret has every character that forms and Basic authentication trip over.
const SPECIAL: &str = "special";
/// One whose id and secret are not ASCII.
const FOREIGN: &str = "Straßenlärm-β";
/// One whose tokens live for four seconds.
const SHORT_LIVED: &str = "short-lived";

/// The server under test.
struct Keycloak {
    /// Host and port.
    authority: String,
}

impl Keycloak {
    fn running() -> Self {
        let url = env::var("PERSIUM_KEYCLOAK")
            .expect("`cargo xtask keycloak` starts a server and says where it is");
        let authority = url.strip_prefix("http://").expect("the server is reached by plain HTTP");
        Self { authority: authority.to_owned() }
    }

    fn issuer(&self, realm: &str) -> String {
        format!("http://{}/realms/{realm}", self.authority)
    }

    fn token_url(&self, realm: &str) -> String {
        format!("{}/protocol/openid-connect/token", self.issuer(realm))
    }

    /// The keys it signs with, as it publishes them.
    fn keys(&self) -> String {
        let mut stream = TcpStream::connect(&self.authority).expect("Keycloak listens");
        // Version 1.0, so that the answer has no chunks and ends with the connection.
        let request = format!(
            "GET /realms/{REALM}/protocol/openid-connect/certs HTTP/1.0\r\nHost: {}\r\n\r\n",
            self.authority
        );
        stream.write_all(request.as_bytes()).expect("Keycloak reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("Keycloak answers in text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        assert!(head.contains(" 200 "), "{head}");
        body.to_owned()
    }

    /// An API that knows `client_id` and trusts this server's tokens.
    fn api_for(&self, client_id: &str) -> Kit {
        Kit::builder()
            .client(client_id, "known to Keycloak alone")
            .trust(self.issuer(REALM), &self.keys())
            .start()
    }

    fn config(
        &self,
        realm: &str,
        kit: &Kit,
        client_id: &str,
        secret: &str,
        authentication: Authentication,
    ) -> Config {
        Config::builder()
            .token_url(self.token_url(realm))
            .api_base_url(kit.api_base_url())
            .client_id(client_id)
            .client_secret(secret)
            .authentication(authentication)
            .allow_loopback_http()
            .build()
            .expect("every value is one that a client takes")
    }

    /// What a client gets that asks for a token and nothing more.
    async fn refusal(&self, realm: &str, client_id: &str, secret: &str) -> Error {
        let kit = Kit::start();
        let config = self.config(realm, &kit, client_id, secret, Authentication::Form);
        let client = Client::new(config).expect("TLS can be set up");
        let error = client.bearer().await.expect_err("Keycloak refuses");
        assert_eq!(kit.api_requests(), 0);
        error
    }
}

/// The secret that the realm's file gives a client.
fn secret(client_id: &str) -> String {
    let realm: Value = serde_json::from_str(REALM_FILE).expect("the realm is JSON");
    let clients = realm["clients"].as_array().expect("the realm has clients");
    let client =
        clients.iter().find(|client| client["clientId"] == client_id).expect("the realm has this client");
    client["secret"].as_str().unwrap_or_default().to_owned()
}

/// Everything an error could show, its sources included.
fn everything_shown(error: &Error) -> String {
    let mut shown = format!("{error}\n{error:?}\n{}", error.hint());
    let mut source = error.source();
    while let Some(cause) = source {
        shown += &format!("\n{cause}\n{cause:?}");
        source = cause.source();
    }
    shown
}

#[tokio::test]
async fn a_token_comes_by_form_and_by_basic_whatever_the_secret_is_made_of() {
    let keycloak = Keycloak::running();
    for client_id in [PLAIN, SPECIAL, FOREIGN] {
        let kit = keycloak.api_for(client_id);
        for authentication in [Authentication::Form, Authentication::Basic] {
            let config = keycloak.config(REALM, &kit, client_id, &secret(client_id), authentication);
            let client = Client::new(config).unwrap();
            let me = client
                .me()
                .await
                .unwrap_or_else(|error| panic!("{client_id} by {authentication:?}: {error}"));
            assert_eq!(me.client_id, client_id);
        }
        assert_eq!(kit.token_requests(), 0, "the fake's own token endpoint has no part in it");
    }
}

#[tokio::test]
async fn the_main_job_runs_on_one_real_token() {
    let keycloak = Keycloak::running();
    let kit = keycloak.api_for(PLAIN);
    let client =
        Client::new(keycloak.config(REALM, &kit, PLAIN, &secret(PLAIN), Authentication::Form)).unwrap();
    let token = client.bearer().await.unwrap();

    assert_eq!(client.me().await.unwrap().client_id, PLAIN);
    let stations = client.stations().collect_all().await.unwrap();
    assert!(!stations.is_empty());
    let until = OffsetDateTime::now_utc();
    let (mut measurements, mut latest) = (0, 0);
    for station in &stations {
        let day = client.measurements(station.uuid, until - time::Duration::DAY, until);
        measurements += day.collect_all().await.unwrap().len();
        latest += usize::from(client.latest(station.uuid).await.unwrap().is_some());
    }
    assert!(measurements > 0 && latest > 0, "{measurements} measurements, {latest} latest readings");

    assert!(Arc::ptr_eq(&token, &client.bearer().await.unwrap()), "one token served all of it");
    assert!(kit.api_requests() > 2 * stations.len() as u64);
}

#[tokio::test]
async fn a_token_of_four_seconds_is_renewed_before_it_ends() {
    let keycloak = Keycloak::running();
    let kit = keycloak.api_for(SHORT_LIVED);
    let config = keycloak.config(REALM, &kit, SHORT_LIVED, &secret(SHORT_LIVED), Authentication::Form);
    let client = Client::new(config).unwrap();

    let mut tokens = vec![client.bearer().await.unwrap()];
    let (began, mut calls) = (Instant::now(), 0);
    while tokens.len() < 4 {
        assert!(began.elapsed() < Duration::from_secs(20), "{} tokens in 20 seconds", tokens.len());
        client.me().await.unwrap();
        calls += 1;
        let token = client.bearer().await.unwrap();
        if tokens.iter().all(|known| known.header() != token.header()) {
            tokens.push(token);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(kit.api_requests(), calls, "no call was refused and sent again");
}

#[tokio::test]
async fn a_wrong_secret_is_a_refusal_that_does_not_repeat_it() {
    let wrong = "not-the-secret-of-monitor";
    let error = Keycloak::running().refusal(REALM, PLAIN, wrong).await;
    assert!(error.is_credentials(), "{error}");
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (401, Some("unauthorized_client")));
    assert_eq!(error.message(), Some("Invalid client or Invalid client credentials"));
    assert!(!everything_shown(&error).contains(wrong));
}

#[tokio::test]
async fn an_unknown_realm_is_told_from_an_unknown_station() {
    let error = Keycloak::running().refusal("nowhere", PLAIN, &secret(PLAIN)).await;
    assert_eq!(error.status().unwrap().as_u16(), 404);
    assert!(!error.is_not_found(), "that is for what the API does not have: {error}");
    assert!(error.to_string().contains("Realm does not exist"), "{error}");
    assert!(error.endpoint().unwrap().contains("/realms/nowhere/"));
}

#[tokio::test]
async fn a_client_that_keycloak_will_not_serve_is_refused_with_its_words() {
    let keycloak = Keycloak::running();
    let credentials = "Invalid client or Invalid client credentials";
    for (realm, client_id, status, code, message) in [
        (REALM, "nobody", 401, "invalid_client", credentials),
        (REALM, "disabled", 401, "invalid_client", credentials),
        (
            REALM,
            "no-service-account",
            401,
            "unauthorized_client",
            "Client not enabled to retrieve service account",
        ),
        (
            REALM,
            "public",
            401,
            "unauthorized_client",
            "Public client not allowed to retrieve service account",
        ),
        (REALM, "bearer-only", 400, "invalid_client", "Bearer-only not allowed"),
        (REALM, "signed-jwt", 400, "invalid_client", "Parameter client_assertion_type is missing"),
        ("off", PLAIN, 403, "access_denied", "Realm not enabled"),
        ("tls", PLAIN, 403, "invalid_request", "HTTPS required"),
    ] {
        let secret = match client_id {
            "nobody" | "public" => "has-no-secret".to_owned(),
            known => secret(known),
        };
        let error = keycloak.refusal(realm, client_id, &secret).await;
        assert!(error.is_credentials(), "{client_id}: {error}");
        let said = (error.status().unwrap().as_u16(), error.code(), error.message());
        assert_eq!(said, (status, Some(code), Some(message)), "{realm} {client_id}");
        assert!(!everything_shown(&error).contains(&secret), "{realm} {client_id}");
    }
}
