use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use persium_core::Timestamp;
use serde_json::Value;

use super::*;

const PATH: &str = "/realms/persium/protocol/openid-connect/token";
const SENTENCE: &str = "Invalid client or Invalid client credentials";

/// A user of a file: only what is said of her.
const USERS: &str = r#"{"realm": "users", "enabled": true, "users": [
    {"username": "anna", "enabled": true, "credentials": [{"type": "password", "value": "pw"}], "realmRoles": ["r"]}],
    "roles": {"realm": [{"name": "r"}]},
    "clients": [{"clientId": "good", "secret": "s3cret", "directAccessGrantsEnabled": true}]}"#;

fn realms() -> Vec<Realm> {
    let kind = |id: &str, kind| RealmClient::new(id, "s3cret").kind(kind);
    let realm = Realm::new("persium")
        .client(RealmClient::new("good", "s3cret"))
        .client(RealmClient::new("odd", "p@ss w/ord+plus%25and=eq&amp"))
        .client(RealmClient::new("Ümlaut-Client", "schlüssel-鍵"))
        .client(RealmClient::new("zero", "s3cret").token_lifetime(0))
        .client(RealmClient::new("minus", "s3cret").token_lifetime(-1))
        .client(RealmClient::new("refresh", "s3cret").with_refresh_tokens())
        .client(RealmClient::new("audience", "s3cret").audience("audience"))
        .client(RealmClient::new("off", "s3cret").disabled())
        .client(RealmClient::new("robotless", "s3cret").without_service_account())
        .client(kind("public", RealmClientKind::Public))
        .client(kind("bearer-only", RealmClientKind::BearerOnly))
        .client(kind("signed-jwt", RealmClientKind::SignedJwt))
        .client(kind("saml", RealmClientKind::Saml));
    let off = Realm::new("off").disabled();
    let users = RealmFile::parse(USERS).unwrap().realms()[0].clone();
    vec![realm, off, Realm::new("tls").tls_required(TlsRequired::All), users]
}

fn ask(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    ask_as(Profile::V26_7, method, target, headers, body)
}

fn ask_as(profile: Profile, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let now = Now { monotonic: Timestamp::ZERO, wall: Duration::from_secs(1_767_614_400) };
    let (realms, keys) = (realms(), KeyRing::default());
    let keycloak = Keycloak {
        now,
        profile,
        realms: &realms,
        keys: &keys,
        ended: &BTreeSet::new(),
        path: "",
        takes_basic_raw: false,
        nonce: 1,
        padding: 0,
    };
    let mut headers: Vec<_> = headers.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    headers.push(("Host".into(), "127.0.0.1:8080".into()));
    let (method, target, body) = (method.into(), target.into(), body.into());
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    keycloak.handle(&Request { method, target, headers, body, is_http_1_0: false, is_tls: false, peer }).reply
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn post(body: &str) -> Reply {
    ask("POST", PATH, &[FORM], body)
}

fn parsed(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn error(reply: &Reply) -> (u16, String, String) {
    let body = parsed(reply);
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    (reply.status, text("error"), text("error_description"))
}

fn claims(reply: &Reply) -> Value {
    let body = parsed(reply);
    let payload = KeyRing::default().trusted().verify(body["access_token"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

mod neighbours;
mod profiles;

#[test]
fn each_refusal_has_keycloaks_status_code_and_sentence() {
    let good = "grant_type=client_credentials&client_id=good&client_secret=s3cret";
    let as_client = |id: &str| format!("grant_type=client_credentials&client_id={id}&client_secret=s3cret");
    let public = "Public client not allowed to retrieve service account";
    let robotless = "Client not enabled to retrieve service account";
    let assertion = "Parameter client_assertion_type is missing";
    for (body, status, code, text) in [
        (as_client("nobody"), 401, "invalid_client", SENTENCE),
        (as_client("off"), 401, "invalid_client", SENTENCE),
        ("grant_type=client_credentials".into(), 401, "invalid_client", SENTENCE),
        (format!("{good}%0A"), 401, "unauthorized_client", SENTENCE),
        ("grant_type=client_credentials&client_id=good".into(), 401, "unauthorized_client", SENTENCE),
        (as_client("signed-jwt"), 400, "invalid_client", assertion),
        (as_client("robotless"), 401, "unauthorized_client", robotless),
        (as_client("public"), 401, "unauthorized_client", public),
        (as_client("bearer-only"), 400, "invalid_client", "Bearer-only not allowed"),
        (as_client("saml"), 400, "invalid_client", "Wrong client protocol."),
        ("client_id=good".into(), 400, "invalid_request", "Missing form parameter: grant_type"),
        (good.replace("client_credentials", "x"), 400, "unsupported_grant_type", "Unsupported grant_type"),
        (format!("{good}&scope=a+b"), 400, "invalid_scope", "Invalid scopes: a b"),
        (format!("{good}&scope="), 400, "invalid_scope", "Invalid scopes: "),
        (format!("{good}&x=1&x=1"), 400, "invalid_request", "duplicated parameter"),
    ] {
        assert_eq!(error(&post(&body)), (status, code.into(), text.into()), "{body}");
    }
}

#[test]
fn a_bad_grant_is_reported_before_credentials_and_doubles_after_them() {
    assert_eq!(error(&post("grant_type=x&client_id=nobody")).1, "unsupported_grant_type");
    let wrong_and_double = "grant_type=client_credentials&client_id=good&client_secret=wrong&x=1&x=1";
    assert_eq!(error(&post(wrong_and_double)).1, "unauthorized_client");
}

#[test]
fn a_form_that_cannot_be_decoded_is_an_uncaught_error() {
    let reply = post("grant_type=client_credentials&client_id=good&client_secret=100%zz");
    assert_eq!((reply.status, error(&reply).1.as_str()), (500, "unknown_error"));
    assert!(reply.headers.iter().all(|(name, _)| name != "Cache-Control"), "it never came so far");
}

#[test]
fn the_form_wins_over_basic_field_by_field() {
    let basic = |text: &str| ("Authorization".to_owned(), format!("Basic {}", base64(text)));
    let with = |credentials: &str, body: &str| {
        let (name, value) = basic(credentials);
        ask("POST", PATH, &[FORM, (name.as_str(), value.as_str())], body)
    };
    let grant = "grant_type=client_credentials";
    assert_eq!(with("good:s3cret", grant).status, 200);
    assert_eq!(with("nobody:nothing", &format!("{grant}&client_id=good&client_secret=s3cret")).status, 200);
    assert_eq!(with("nobody:s3cret", &format!("{grant}&client_id=good")).status, 200);
    assert_eq!(with("odd:p%40ss%20w%2Ford%2Bplus%2525and%3Deq%26amp", grant).status, 200);
    assert_eq!(with("odd:p@ss w/ord+plus%25and=eq&amp", grant).status, 401, "a raw plus is a blank");
    let raw = error(&with("good:100%zz", grant));
    assert_eq!(
        raw,
        (400, "unauthorized_client".into(), "Unexpected error when authenticating client".into())
    );
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn bytes_outside_of_ascii_are_fine_when_escaped() {
    let body =
        "grant_type=client_credentials&client_id=%C3%9Cmlaut-Client&client_secret=schl%C3%BCssel-%E9%8D%B5";
    assert_eq!(claims(&post(body))["preferred_username"], "service-account-ümlaut-client");
}

#[test]
fn lifetimes_are_the_clients_own_and_a_negative_one_is_ten_hours() {
    for (client, lifetime) in [("good", 300), ("zero", 0), ("minus", 36_000)] {
        let reply = post(&format!("grant_type=client_credentials&client_id={client}&client_secret=s3cret"));
        let claims = claims(&reply);
        assert_eq!(parsed(&reply)["expires_in"], lifetime, "{client}");
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), lifetime, "{client}");
    }
}

#[test]
fn the_answer_has_its_members_in_keycloaks_order() {
    let reply = post("grant_type=client_credentials&client_id=refresh&client_secret=s3cret&scope=openid");
    let text = String::from_utf8(reply.body).unwrap();
    let keys = [
        "access_token",
        "expires_in",
        "refresh_expires_in",
        "refresh_token",
        "token_type",
        "id_token",
        "not-before-policy",
        "session_state",
        "scope",
    ];
    let places: Vec<_> = keys.iter().map(|key| text.find(&format!("\"{key}\":")).expect(key)).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn an_access_token_says_who_and_where() {
    let claims = claims(&post("grant_type=client_credentials&client_id=audience&client_secret=s3cret"));
    assert_eq!(claims["iss"], "http://127.0.0.1:8080/realms/persium");
    assert_eq!(claims["aud"], serde_json::json!(["audience", "account"]));
    assert_eq!((claims["azp"].as_str(), claims["typ"].as_str()), (Some("audience"), Some("Bearer")));
    assert!(claims["jti"].as_str().unwrap().starts_with("trrtcc:"));
    assert!(claims.get("sid").is_none() && claims.get("nbf").is_none());
}

#[test]
fn what_is_no_form_has_no_parameters() {
    let body = "grant_type=client_credentials&client_id=good&client_secret=s3cret";
    for content_type in ["application/json", "text/plain", "Application/X-WWW-Form-URLEncoded"] {
        let reply = ask("POST", PATH, &[("Content-Type", content_type)], body);
        assert_eq!(error(&reply).2, "Missing form parameter: grant_type", "{content_type}");
    }
    assert_eq!(ask("POST", PATH, &[("Content-Type", "foo")], body).status, 500);
    let charset = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    assert_eq!(ask("POST", PATH, &[charset], body).status, 200);
}

#[test]
fn paths_that_lead_nowhere_are_told_apart() {
    let body = "grant_type=client_credentials&client_id=good&client_secret=s3cret";
    for (method, path, status, text) in [
        ("POST", "/realms/nope/protocol/openid-connect/token", 404, "Realm does not exist"),
        ("POST", "/realms/Persium/protocol/openid-connect/token", 404, "Realm does not exist"),
        ("GET", "/realms/nope", 404, "Realm does not exist"),
        ("POST", "/realms/persium/protocol/oidc/token", 404, "Protocol not found"),
        ("POST", "/realms/persium/protocol/openid-connect/tokens", 405, "HTTP 405 Method Not Allowed"),
        ("GET", "/realms/persium/protocol/openid-connect/tokens", 404, "HTTP 404 Not Found"),
        ("GET", PATH, 405, "HTTP 405 Method Not Allowed"),
        ("HEAD", PATH, 405, "HTTP 405 Method Not Allowed"),
        (
            "POST",
            "/auth/realms/persium/protocol/openid-connect/token",
            404,
            "Unable to find matching target resource method",
        ),
        ("POST", "//realms/persium/protocol/openid-connect/token", 400, "missingNormalization"),
        ("POST", "/realms/persium/./protocol/openid-connect/token", 400, "missingNormalization"),
        ("POST", "/realms/persium/protocol/openid-connect/%74oken", 400, "missingNormalization"),
        ("POST", "/realms/persium/.well-known/openid-configuration", 404, "HTTP 404 Not Found"),
    ] {
        let reply = ask(method, path, &[FORM], body);
        assert_eq!((reply.status, error(&reply).1.as_str()), (status, text), "{method} {path}");
    }
    assert_eq!(
        ask("POST", &format!("{PATH}/"), &[FORM], body).status,
        200,
        "one slash at the end is stripped"
    );
}

#[test]
fn a_realm_may_be_off_or_demand_tls() {
    let body = "grant_type=client_credentials&client_id=good&client_secret=s3cret";
    let off = ask("POST", &PATH.replace("persium", "off"), &[FORM], body);
    assert_eq!(error(&off), (403, "access_denied".into(), "Realm not enabled".into()));
    assert_eq!(ask("GET", "/realms/off/protocol/openid-connect/certs", &[], "").status, 200);
    for path in ["protocol/openid-connect/certs", ".well-known/openid-configuration"] {
        let tls = ask("GET", &format!("/realms/tls/{path}"), &[], "");
        assert_eq!(error(&tls), (403, "invalid_request".into(), "HTTPS required".into()), "{path}");
    }
    assert_eq!(ask("GET", "/realms/tls", &[], "").status, 200);
}

#[test]
fn whoever_takes_html_gets_a_page_for_what_routing_refuses_and_json_for_the_rest() {
    let accept = ("Accept", "application/json, text/html;q=0.1");
    let reply = ask("GET", "/realms/nope", &[accept], "");
    assert!(reply.body.starts_with(b"<!DOCTYPE html>"));
    assert_eq!(error(&ask("POST", PATH, &[FORM, accept], "grant_type=x")).1, "unsupported_grant_type");
}

#[test]
fn discovery_points_at_this_very_server() {
    let body = parsed(&ask("GET", "/realms/persium/.well-known/openid-configuration", &[], ""));
    assert_eq!(body["token_endpoint"], format!("http://127.0.0.1:8080{PATH}"));
    assert_eq!(body["issuer"], "http://127.0.0.1:8080/realms/persium");
}

#[test]
fn the_root_leads_to_the_console_by_the_methods_that_it_has() {
    for (method, content_type, body, status) in [
        ("GET", "", "", 302),
        ("HEAD", "", "", 302),
        ("POST", FORM.1, "a=b", 302),
        ("POST", FORM.1, "a=%zz", 500),
        ("POST", "application/json", "{}", 415),
        ("OPTIONS", "", "", 200),
        ("PUT", "", "", 405),
    ] {
        let headers: &[_] = if content_type.is_empty() { &[] } else { &[(FORM.0, content_type)] };
        let reply = ask(method, "/", headers, body);
        assert_eq!(reply.status, status, "{method} {content_type} {body}");
        assert_eq!(reply.header("Location").is_some(), status == 302, "{method}");
    }
}
