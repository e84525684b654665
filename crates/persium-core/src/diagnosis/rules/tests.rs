//! Errors by hand, and what they point at.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Uri};

use super::*;
use crate::claims::Claims;
use crate::config::{Authentication, Config, Credentials};
use crate::diagnosis::{Certainty, Code, Diagnosis};
use crate::error::{Circumstances, History, Limit};
use crate::secret::Redactor;
use crate::wire::{Cause, Failure, FailureKind, Phase};

const TOKEN_URL: &str = "https://sso.test/realms/acme/protocol/openid-connect/token";
const API: &str = "https://api.test/api/m2m/v1";
const LIMIT: Limit = Limit { name: "attempt_timeout", length: Duration::from_secs(20) };
const NOW: u64 = 1_795_428_000;
const SENTENCE: &str = r#""error_description":"Invalid client or Invalid client credentials"}"#;

struct Case {
    token_url: &'static str,
    api: &'static str,
    secret: &'static str,
    authentication: Authentication,
    history: History,
    claims: Option<Claims>,
    headers: Vec<(&'static str, String)>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            token_url: TOKEN_URL,
            api: API,
            secret: "s3cret",
            authentication: Authentication::Form,
            history: History::Unknown,
            claims: None,
            headers: Vec::new(),
        }
    }
}

impl Case {
    fn circumstances(&self) -> Circumstances {
        let config = Config::builder()
            .token_url(self.token_url)
            .api_base_url(self.api)
            .client_id("acme")
            .client_secret(self.secret)
            .authentication(self.authentication)
            .build()
            .unwrap();
        let credentials = Credentials::new("acme", self.secret).unwrap();
        let mut circumstances = config.circumstances(&credentials, Duration::from_secs(NOW));
        circumstances.history = self.history;
        circumstances.claims = self.claims.clone();
        circumstances
    }

    fn answered(&self, peer: Peer, uri: &str, status: u16, body: &str) -> Error {
        let mut response = http::Response::builder().status(status);
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        let response = response.body(Bytes::from(body.to_owned())).unwrap();
        let kind = match (peer, status) {
            (Peer::TokenEndpoint, 400 | 401 | 403) => Kind::Denied,
            (Peer::Api, 401) => Kind::Unauthorized,
            (_, 200) => Kind::Decode("it is something else".to_owned()),
            _ => Kind::Status,
        };
        let uri: Uri = uri.parse().unwrap();
        let answer = Answer::new(peer, &Method::GET, &uri, self.circumstances());
        Error::answered(kind, answer.with_response(&response, &Redactor::new([])))
    }

    fn token(&self, status: u16, body: &str) -> Diagnosis {
        self.answered(Peer::TokenEndpoint, self.token_url, status, body).diagnosis()
    }

    fn api(&self, below: &str, status: u16, body: &str) -> Diagnosis {
        self.answered(Peer::Api, &format!("{}{below}", self.api), status, body).diagnosis()
    }
}

#[track_caller]
fn assert_first(diagnosis: &Diagnosis, code: Code, certainty: Certainty) {
    let first = diagnosis.first().unwrap_or_else(|| panic!("nothing was found, not {code}"));
    assert_eq!((first.code(), first.certainty()), (code, certainty), "{diagnosis}");
    assert!(!first.evidence().is_empty(), "{code} rests on something");
}

use Certainty::{Certain, Likely, Possible};

#[test]
fn keycloak_tells_a_wrong_secret_from_an_unknown_client_and_others_do_not() {
    let case = Case::default();
    let wrong = format!(r#"{{"error":"unauthorized_client",{SENTENCE}"#);
    assert_first(&case.token(401, &wrong), codes::SECRET_WRONG, Likely);
    let unknown = format!(r#"{{"error":"invalid_client",{SENTENCE}"#);
    assert_first(&case.token(401, &unknown), codes::CLIENT_UNKNOWN, Likely);
    assert_first(&case.token(401, r#"{"error":"invalid_client"}"#), codes::CREDENTIALS_REFUSED, Likely);
    assert_first(&case.token(403, ""), codes::CREDENTIALS_REFUSED, Likely);
    let strict =
        Case { headers: vec![("www-authenticate", "Basic realm=\"a\"".to_owned())], ..Case::default() };
    assert_first(&strict.token(401, &unknown), codes::CREDENTIALS_REFUSED, Likely);
}

#[test]
fn what_keycloak_says_in_words_of_its_own_is_certain() {
    let table = [
        ("unauthorized_client", "Client not enabled to retrieve service account", codes::SERVICE_ACCOUNT_OFF),
        (
            "unauthorized_client",
            "Public client not allowed to retrieve service account",
            codes::PUBLIC_CLIENT,
        ),
        ("invalid_client", "Parameter client_assertion_type is missing", codes::CLIENT_METHOD),
        ("invalid_scope", "Invalid scopes: a b", codes::SCOPE_REFUSED),
        ("invalid_request", "HTTPS required", codes::HTTPS_REQUIRED),
        ("access_denied", "Realm not enabled", codes::REALM_DISABLED),
    ];
    for (error, description, code) in table {
        let body = format!(r#"{{"error":"{error}","error_description":"{description}"}}"#);
        assert_first(&Case::default().token(401, &body), code, Certain);
    }
}

#[test]
fn what_worked_before_says_more_of_a_refusal() {
    let case = Case { history: History::WorkedBefore, ..Case::default() };
    let body = |error: &str| format!(r#"{{"error":"{error}",{SENTENCE}"#);
    assert_first(&case.token(401, &body("unauthorized_client")), codes::SECRET_ROTATED, Likely);
    assert_first(&case.token(401, &body("invalid_client")), codes::CLIENT_DISABLED, Likely);
}

#[test]
fn new_credentials_may_not_work_yet_for_an_hour() {
    let body = format!(r#"{{"error":"invalid_client",{SENTENCE}"#);
    let error = Case::default().answered(Peer::TokenEndpoint, TOKEN_URL, 401, &body);
    let issued = |before: u64| {
        let at = time::OffsetDateTime::from_unix_timestamp(i64::try_from(NOW - before).unwrap()).unwrap();
        Evidence::of(&error).issued_at(at).diagnose()
    };
    assert_first(&issued(600), codes::NOT_YET_PROVISIONED, Likely);
    assert_first(&issued(3600), codes::CLIENT_UNKNOWN, Likely);
}

#[test]
fn the_looks_of_credentials_count_once_they_were_refused() {
    let body = format!(r#"{{"error":"unauthorized_client",{SENTENCE}"#);
    let token = Case { secret: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", ..Case::default() };
    assert_first(&token.token(401, &body), codes::TOKEN_IN_PLACE_OF_SECRET, Likely);
    let pasted = Case { secret: "Bearer s3cret", ..Case::default() };
    assert_first(&pasted.token(401, &body), codes::SCHEME_PREFIX, Likely);
    let basic = Authentication::Basic;
    let special = Case { secret: "p+ss%25", authentication: basic, ..Case::default() };
    assert_first(&special.token(401, r#"{"error":"invalid_client"}"#), codes::BASIC_ENCODING, Likely);
    assert_first(&special.token(401, &body), codes::SECRET_WRONG, Likely);
    let by_keycloak = special.token(401, &body);
    assert_eq!(by_keycloak.findings()[1].certainty(), Possible);
}

#[test]
fn a_wrong_token_url_is_told_by_its_shape_and_the_answer() {
    let missing = r#"{"error":"Unable to find matching target resource method"}"#;
    let realm = r#"{"error":"Realm does not exist"}"#;
    let not_found = r#"{"error":"HTTP 404 Not Found"}"#;
    let slashes = r#"{"error":"missingNormalization","error_description":"Request path not normalized"}"#;
    let table = [
        ("https://sso.test/realms/acme", 405, not_found, codes::TOKEN_URL_IS_REALM, Certain),
        (
            "https://sso.test/realms/acme/.well-known/openid-configuration",
            404,
            not_found,
            codes::TOKEN_URL_IS_DISCOVERY,
            Certain,
        ),
        (
            "https://sso.test/auth/realms/acme/protocol/openid-connect/token",
            404,
            missing,
            codes::TOKEN_URL_AUTH_PREFIX,
            Certain,
        ),
        (
            "https://sso.test/auth/realms/acme/protocol/openid-connect/token",
            404,
            "",
            codes::TOKEN_URL_AUTH_PREFIX,
            Likely,
        ),
        (
            "https://sso.test//realms/acme/protocol/openid-connect/token",
            400,
            slashes,
            codes::DOUBLED_SLASH,
            Certain,
        ),
        (TOKEN_URL, 404, realm, codes::REALM_UNKNOWN, Certain),
        (TOKEN_URL, 404, missing, codes::TOKEN_URL_LACKS_AUTH, Likely),
        ("https://sso.test/realms/Acme/protocol/openid-connect/token", 404, realm, codes::REALM_CASE, Likely),
        (
            "https://sso.test/realms/acme/protocol/openid-connect/tokens",
            405,
            not_found,
            codes::TOKEN_URL_PATH,
            Likely,
        ),
        ("https://api.test/api/m2m/v1", 404, r#"{"error":"not found"}"#, codes::URLS_SWAPPED, Likely),
    ];
    for (token_url, status, body, code, certainty) in table {
        let case = Case { token_url, ..Case::default() };
        assert_first(&case.token(status, body), code, certainty);
    }
}

#[test]
fn a_wrong_api_base_is_told_by_its_shape_and_a_404() {
    let table = [
        ("https://api.test", "/me", codes::API_BASE_INCOMPLETE, Certain),
        ("https://api.test/api/m2m", "/me", codes::API_BASE_INCOMPLETE, Certain),
        ("https://api.test", "/stations/7", codes::API_BASE_INCOMPLETE, Likely),
        ("https://api.test/api/m2m/v2", "/me", codes::API_BASE_VERSION, Likely),
        ("https://api.test/api/m2m/v1/stations", "/me", codes::API_BASE_IS_ENDPOINT, Certain),
        ("https://api.test//api/m2m/v1", "/me", codes::DOUBLED_SLASH, Likely),
        ("https://sso.test/realms/acme", "/me", codes::URLS_SWAPPED, Likely),
        (API, "/me", codes::PATH_UNKNOWN, Likely),
        (API, "/stations/7/measurements/latest", codes::STATION_NOT_FOUND, Likely),
        (API, "/sensors", codes::PATH_UNKNOWN, Likely),
    ];
    for (api, below, code, certainty) in table {
        let case = Case { api, ..Case::default() };
        assert_first(&case.api(below, 404, r#"{"error":"not found"}"#), code, certainty);
    }
}

#[test]
fn a_refused_bearer_is_told_by_its_claims_and_the_challenge() {
    let claims = |lifetime: i64| Claims {
        issuer: Some("https://sso.test/realms/acme".to_owned()),
        expires_at: Some(i64::try_from(NOW).unwrap() + lifetime),
        ..Claims::default()
    };
    let challenge = |words: &str| vec![("www-authenticate", words.to_owned())];
    let invalid = "Bearer realm=\"p\", error=\"invalid_token\"";
    let fresh = Case { claims: Some(claims(300)), headers: challenge(invalid), ..Case::default() };
    assert_first(&fresh.api("/me", 401, ""), codes::FRESH_TOKEN_REFUSED, Likely);
    let stripped = Case {
        headers: challenge("Bearer realm=\"p\""),
        ..Case { claims: Some(claims(300)), ..Case::default() }
    };
    assert_first(&stripped.api("/me", 401, ""), codes::AUTHORIZATION_LOST, Likely);
    let bare = Case { headers: challenge("Bearer"), ..Case { claims: Some(claims(300)), ..Case::default() } };
    assert_first(&bare.api("/me", 401, ""), codes::FRESH_TOKEN_REFUSED, Likely);
    let ended = Case { claims: Some(claims(-5)), headers: challenge(invalid), ..Case::default() };
    assert_first(&ended.api("/me", 401, ""), codes::TOKEN_OUTLIVED, Likely);
    let date = |seconds: i64| {
        let at = time::OffsetDateTime::from_unix_timestamp(i64::try_from(NOW).unwrap() + seconds).unwrap();
        ("date", at.format(&time::format_description::well_known::Rfc2822).unwrap().replace("+0000", "GMT"))
    };
    let proven = Case { claims: Some(claims(-5)), headers: vec![date(0)], ..Case::default() };
    assert_first(&proven.api("/me", 401, ""), codes::TOKEN_OUTLIVED, Certain);
    let staging = "https://sso.test/realms/staging/protocol/openid-connect/token";
    let mixed = Case { token_url: staging, claims: None, ..Case::default() };
    assert_first(&mixed.api("/me", 401, ""), codes::ENVIRONMENTS_MIXED, Likely);
    let inside = "https://keycloak.svc.cluster.local/realms/acme/protocol/openid-connect/token";
    let differs = Case { token_url: inside, claims: Some(claims(300)), ..Case::default() };
    assert_first(&differs.api("/me", 401, ""), codes::ISSUER_DIFFERS, Likely);
    let skewed = Case { headers: vec![date(3600)], ..Case::default() };
    let found = skewed.api("/me", 500, "");
    assert_eq!(found.findings()[1].code(), codes::CLOCK_OFF, "{found}");
    assert!(found.findings()[1].evidence()[0].contains("3600 s behind"), "{found}");
}

#[test]
fn each_status_of_the_api_has_its_code() {
    let scope = "Bearer error=\"insufficient_scope\", scope=\"read\"";
    let scoped = Case { headers: vec![("www-authenticate", scope.to_owned())], ..Case::default() };
    assert_first(&scoped.api("/me", 403, ""), codes::INSUFFICIENT_SCOPE, Certain);
    let case = Case::default();
    assert_first(&case.api("/me", 403, r#"{"error":"client is disabled"}"#), codes::CLIENT_FORBIDDEN, Likely);
    assert_first(&case.api("/me", 403, "<html>blocked</html>"), codes::PAGE_IN_PLACE_OF_JSON, Certain);
    assert_first(&case.api("/me", 302, ""), codes::REDIRECTED, Certain);
    assert_first(&case.api("/me", 429, ""), codes::THROTTLED, Certain);
    assert_first(&case.api("/me", 503, ""), codes::API_UNAVAILABLE, Certain);
    assert_first(&case.api("/me", 500, ""), codes::API_FAILING, Certain);
    assert_first(&case.api("/me", 418, ""), codes::REQUEST_REFUSED, Certain);
    let bad = case.api("/stations?page=x&per_page=1", 400, r#"{"error":"invalid page"}"#);
    assert_first(&bad, codes::PARAMETER_REFUSED, Certain);
    assert!(bad.findings()[0].evidence().iter().any(|text| text.ends_with("sent as page=x")), "{bad}");
    assert_first(&case.api("/me", 200, "<html>log in</html>"), codes::PAGE_IN_PLACE_OF_JSON, Certain);
    assert_first(&case.api("/me", 200, "[1]"), codes::UNEXPECTED_SHAPE, Certain);
    assert_first(&case.api("/me", 200, r#"{"client_id":"#), codes::BODY_CUT, Certain);
    assert_first(&case.api("/me", 200, "what?"), codes::BODY_GARBLED, Certain);
    assert_first(&case.token(500, ""), codes::TOKEN_ENDPOINT_FAILING, Certain);
    assert_first(&case.token(429, ""), codes::TOKEN_THROTTLED, Certain);
    assert_first(&case.token(302, ""), codes::REDIRECTED, Certain);
}

#[test]
fn a_token_endpoint_that_is_not_there_says_who_answers_in_its_place() {
    let case = Case::default();
    let says = |diagnosis: &Diagnosis, what: &str| {
        assert_first(diagnosis, codes::TOKEN_ENDPOINT_UNAVAILABLE, Certain);
        diagnosis.findings()[0].evidence().iter().any(|evidence| evidence.contains(what))
    };
    for status in [502, 503, 504] {
        assert!(says(&case.token(status, "<html>"), "is what stands before it that answers"), "{status}");
    }
    assert!(says(&case.token(503, ""), "so does Keycloak itself where it is overloaded"));
    assert!(!says(&case.token(504, ""), "Keycloak itself"));
}

#[test]
fn each_failure_of_a_transport_has_its_code() {
    use FailureKind::{Canceled, Interrupted, Invalid, Refused, Stale, TimedOut, TooLarge};
    let table = [
        (Phase::Resolve, Refused, None, codes::NAME_UNRESOLVED),
        (Phase::Connect, Refused, None, codes::CONNECTION_REFUSED),
        (Phase::Connect, TimedOut, None, codes::CONNECT_TIMEOUT),
        (Phase::Connect, Interrupted, None, codes::CONNECTION_BROKEN),
        (Phase::Connect, Refused, Some(Cause::ProxyUnreachable), codes::PROXY_UNREACHABLE),
        (Phase::Proxy, Refused, Some(Cause::ProxyStatus(407)), codes::PROXY_CREDENTIALS),
        (Phase::Proxy, Refused, Some(Cause::ProxyStatus(403)), codes::PROXY_REFUSED),
        (Phase::Proxy, Interrupted, None, codes::PROXY_REFUSED),
        (Phase::Tls, Refused, Some(Cause::UntrustedIssuer), codes::TLS_UNTRUSTED),
        (Phase::Tls, Refused, Some(Cause::SelfSigned), codes::TLS_SELF_SIGNED),
        (Phase::Tls, Refused, Some(Cause::CertificateExpired), codes::TLS_EXPIRED),
        (Phase::Tls, Refused, Some(Cause::CertificateNotYetValid), codes::TLS_NOT_YET_VALID),
        (Phase::Tls, Refused, Some(Cause::WrongHost), codes::TLS_WRONG_HOST),
        (Phase::Tls, Refused, None, codes::TLS_FAILED),
        (Phase::Tls, Interrupted, None, codes::TLS_CUT),
        (Phase::Tls, Invalid, None, codes::TLS_NOT_SPOKEN),
        (Phase::Send, Interrupted, None, codes::CONNECTION_BROKEN),
        (Phase::Send, Stale, None, codes::CONNECTION_BROKEN),
        (Phase::Wait, TimedOut, None, codes::ANSWER_TIMEOUT),
        (Phase::Wait, Invalid, None, codes::NOT_HTTP),
        (Phase::Wait, TooLarge, None, codes::BODY_TOO_LARGE),
        (Phase::Body, TimedOut, None, codes::BODY_TIMEOUT),
        (Phase::Body, Interrupted, None, codes::BODY_CUT),
        (Phase::Body, Invalid, None, codes::BODY_GARBLED),
        (Phase::Wait, Canceled, None, codes::CALLED_OFF),
    ];
    for (phase, kind, cause, code) in table {
        let case = Case::default();
        let uri = Uri::from_static(API);
        let answer = Answer::new(Peer::Api, &Method::GET, &uri, case.circumstances());
        let error = Error::transport(Failure::new(phase, kind, "x").with_cause(cause), answer, LIMIT);
        assert_first(&error.diagnosis(), code, Certain);
    }
}

#[test]
fn an_error_without_circumstances_is_diagnosed_no_further_than_it_goes() {
    let uri = Uri::from_static(API);
    let response = |status: u16| http::Response::builder().status(status).body(Bytes::new()).unwrap();
    for (peer, status) in
        [(Peer::Api, 401), (Peer::Api, 404), (Peer::TokenEndpoint, 404), (Peer::TokenEndpoint, 401)]
    {
        let answer = Answer::new(peer, &Method::GET, &uri, None);
        let error =
            Error::answered(Kind::Status, answer.with_response(&response(status), &Redactor::new([])));
        let first = error.diagnosis().first().map(Finding::certainty);
        assert!(first.is_some_and(|certainty| certainty < Certain), "{peer} {status}");
    }
    for error in
        [Error::canceled(), Error::decode("x"), Error::config("X", "y"), Error::new(Kind::Lost(LIMIT))]
    {
        assert!(!error.diagnosis().is_healthy(), "{error}");
    }
}
