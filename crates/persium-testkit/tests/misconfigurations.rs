//! Every mistake of the catalogue, as a client of a few lines meets it.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use persium_testkit::{Kit, Misconfiguration, Misconfigured, VirtualClock};
use serde_json::Value;

/// How long a connection is waited for that never comes.
const PATIENCE: Duration = Duration::from_millis(300);

#[test]
fn every_mistake_has_a_name_of_its_own_and_says_what_it_is() {
    let names: BTreeSet<_> = Misconfiguration::ALL.iter().map(|mistake| mistake.name()).collect();
    assert_eq!(names.len(), Misconfiguration::ALL.len());
    for mistake in Misconfiguration::ALL {
        let (name, text) = (mistake.name(), mistake.mistake());
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
        assert!(text.ends_with('.') && !text.starts_with(' '), "{text}");
        assert_eq!(Misconfiguration::named(name), Some(*mistake));
    }
    assert_eq!(Misconfiguration::named("no-such-mistake"), None);
}

#[test]
fn each_mistake_meets_its_user_where_it_would() {
    for (name, outcome) in OUTCOMES {
        let mistake = Misconfiguration::named(name).unwrap_or_else(|| panic!("{name}"));
        let (_kit, user) = mistake.start();
        assert_eq!(walk(&user), *outcome, "{name}");
    }
    let told: BTreeSet<_> = OUTCOMES.iter().map(|(name, _)| *name).collect();
    for mistake in Misconfiguration::ALL.iter().filter(|mistake| !mistake.needs_tls()) {
        let is_told = told.contains(mistake.name()) || SILENT.contains(mistake);
        assert!(is_told, "{} is not in the table", mistake.name());
    }
}

/// Those that a client meets by nothing happening.
const SILENT: [Misconfiguration; 3] =
    [Misconfiguration::ConnectTimeout, Misconfiguration::AnswerTimeout, Misconfiguration::BodyTimeout];

#[test]
fn a_server_that_falls_silent_holds_its_answer_back() {
    for mistake in [Misconfiguration::AnswerTimeout, Misconfiguration::BodyTimeout] {
        let kit = Kit::builder().clock(&VirtualClock::new()).start();
        let user = kit.misconfigure(mistake);
        let token = token(&user).unwrap();
        std::thread::scope(|scope| {
            let call = scope.spawn(|| api(&user, &token));
            kit.until_delaying(1);
            kit.stop();
            assert_eq!(call.join().unwrap(), "api cut", "{mistake:?}");
        });
    }
}

#[test]
fn a_host_that_drops_what_it_is_sent_never_connects() {
    let (_kit, user) = Misconfiguration::ConnectTimeout.start();
    let url = user.lookup("TOKEN_URL").unwrap();
    let address: SocketAddr = url.split('/').nth(2).unwrap().parse().unwrap();
    let error = TcpStream::connect_timeout(&address, PATIENCE).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn what_strikes_in_mid_life_takes_what_was_good() {
    for (mistake, outcome) in [
        (Misconfiguration::SecretRotated, "token 401 unauthorized_client"),
        (Misconfiguration::TokenRevoked, "api 401"),
        (Misconfiguration::KeysRotated, "api 401"),
    ] {
        let (kit, user) = mistake.start();
        let token = token(&user).unwrap();
        mistake.strike(&kit);
        let found = match token_again(&user, mistake) {
            Some(refusal) => refusal,
            None => api(&user, &token),
        };
        assert_eq!(found, outcome, "{mistake:?}");
    }
}

#[test]
fn a_mistake_that_takes_tls_trusts_the_kits_authority_by_a_file() {
    let (kit, user) = Misconfiguration::TlsExpired.start();
    let path = user.lookup("PERSIUM_CA_FILE").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), kit.ca_certificate_pem().unwrap());
    assert!(user.lookup("TOKEN_URL").unwrap().starts_with("https://"));
    drop(user);
    assert!(!std::path::Path::new(&path).exists(), "it is gone with the user");
}

#[test]
fn a_proxy_that_refuses_says_so_to_everybody() {
    for (mistake, status) in
        [(Misconfiguration::ProxyRefuses, "403"), (Misconfiguration::ProxyWantsCredentials, "407")]
    {
        let (_kit, user) = mistake.start();
        let proxy = user.proxy().unwrap();
        let mut stream = TcpStream::connect(proxy.trim_start_matches("http://")).unwrap();
        stream.write_all(b"CONNECT sso.example:443 HTTP/1.1\r\nHost: sso.example:443\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}

#[test]
fn a_users_values_are_named_and_not_shown() {
    let (_kit, user) = Misconfiguration::WrongSecret.start();
    assert!(!format!("{user:?}").contains(&user.lookup("CLIENT_SECRET").unwrap()));
}

/// What a client that is told nothing of mistakes finds, without TLS.
const OUTCOMES: &[(&str, &str)] = &[
    ("http-url", "no address"),
    ("placeholder", "token 401 unauthorized_client"),
    ("id-with-space", "token 401 invalid_client"),
    ("secret-ends-in-newline", "token 401 unauthorized_client"),
    ("secret-ends-in-carriage-return", "token 401 unauthorized_client"),
    ("secret-with-byte-order-mark", "token 401 unauthorized_client"),
    ("quoted-value", "token 401 unauthorized_client"),
    ("bearer-prefix", "token 401 unauthorized_client"),
    ("token-as-secret", "token 401 unauthorized_client"),
    ("id-and-secret-swapped", "token 401 invalid_client"),
    ("urls-swapped", "token 401 missing bearer token"),
    ("realm-url", "token 405 HTTP 405 Method Not Allowed"),
    ("discovery-url", "token 404 HTTP 404 Not Found"),
    ("auth-prefix", "token 404 Unable to find matching target resource method"),
    ("no-auth-prefix", "token 404 Unable to find matching target resource method"),
    ("doubled-slash", "token 400 missingNormalization"),
    ("json-body", "token 400 invalid_request"),
    ("api-without-path", "api 404"),
    ("api-other-version", "api 404"),
    ("api-endpoint-url", "api 400"),
    ("realm-in-wrong-case", "token 404 Realm does not exist"),
    ("staging-realm", "api 401"),
    ("issuer-differs", "api 401"),
    ("https-required", "token 403 invalid_request"),
    ("secret-file-missing", "no secret"),
    ("secret-file-empty", "token 401 unauthorized_client"),
    ("secret-file-readable-by-all", "api 200"),
    ("secret-file-ends-in-newline", "token 401 unauthorized_client"),
    ("connection-refused", "refused"),
    ("plain-http-on-tls-port", "https"),
    ("login-page", "api 200 no json"),
    ("redirect-elsewhere", "api 302"),
    ("wrong-id", "token 401 invalid_client"),
    ("wrong-secret", "token 401 unauthorized_client"),
    ("wrong-one-of-two", "token 401"),
    ("secret-breaks-basic", "token 401 unauthorized_client"),
    ("client-disabled", "token 401 invalid_client"),
    ("client-disabled-in-mid-life", "api 200"),
    ("service-accounts-off", "token 401 unauthorized_client"),
    ("public-client", "token 401 unauthorized_client"),
    ("scope-not-attached", "token 400 invalid_scope"),
    ("not-yet-issued", "token 401 invalid_client"),
    ("secret-rotated", "api 200"),
    ("token-endpoint-throttles", "token 429 Too Many Requests"),
    ("token-endpoint-down", "token 500 Internal Server Error"),
    ("token-endpoint-starting", "token 503"),
    ("authorization-stripped", "api 401"),
    ("token-kept-too-long", "api 200"),
    ("token-refused", "api 401"),
    ("wrong-audience", "api 401"),
    ("client-unregistered", "api 401"),
    ("token-revoked", "api 200"),
    ("keys-rotated", "api 200"),
    ("clock-behind", "api 200"),
    ("clock-ahead", "api 200"),
    ("client-forbidden", "api 403"),
    ("scope-insufficient", "api 403"),
    ("station-mistyped", "api 404"),
    ("station-of-another", "api 404"),
    ("station-unknown", "api 404"),
    ("wrong-path", "api 404"),
    ("bad-parameter", "api 400"),
    ("api-throttles", "api 429"),
    ("api-throttles-silently", "api 429"),
    ("api-fails-for-a-moment", "api 502"),
    ("api-down", "api 500"),
    ("api-under-maintenance", "api 503"),
    ("api-unavailable", "api 503"),
    ("body-truncated", "api cut"),
    ("body-garbled", "api 200"),
    ("body-too-large", "api 200 no json"),
    ("not-the-envelope", "api 200 mistyped"),
    ("window-reversed", "api 400"),
    ("window-in-future", "api 200 empty"),
    ("window-too-short", "api 200 empty"),
    ("window-shifted", "api 200 empty"),
    ("window-before-first-reading", "api 200 empty"),
    ("station-silent", "api 200 empty"),
    ("station-stopped", "api 200 empty"),
    ("station-offline", "api 200 empty"),
    ("token-per-call", "api 200"),
    ("polls-too-fast", "api 200"),
    ("many-clients", "api 200"),
];

/// A token, and one call with it: how far that goes.
fn walk(user: &Misconfigured) -> String {
    match token(user) {
        Ok(token) => api(user, &token),
        Err(refusal) => refusal,
    }
}

fn token_again(user: &Misconfigured, mistake: Misconfiguration) -> Option<String> {
    (mistake == Misconfiguration::SecretRotated).then(|| token(user).unwrap_err())
}

fn token(user: &Misconfigured) -> Result<String, String> {
    let secret = user
        .lookup("CLIENT_SECRET")
        .or_else(|| user.lookup("CLIENT_SECRET_FILE").and_then(|path| std::fs::read_to_string(path).ok()));
    let secret = secret.ok_or("no secret")?;
    let mut form =
        format!("grant_type=client_credentials&client_id={}", escaped(&user.lookup("CLIENT_ID").unwrap()));
    if let Some(scope) = user.lookup("SCOPE") {
        form += &format!("&scope={}", escaped(&scope));
    }
    let mut headers = format!("Content-Type: {}\r\n", user.content_type());
    if user.lookup("PERSIUM_AUTHENTICATION").as_deref() == Some("basic") {
        use base64::Engine as _;
        let pair = format!("{}:{}", escaped(&user.lookup("CLIENT_ID").unwrap()), escaped(&secret));
        headers +=
            &format!("Authorization: Basic {}\r\n", base64::engine::general_purpose::STANDARD.encode(pair));
        form = form.replace("&client_id=", "&unused=");
    } else {
        form += &format!("&client_secret={}", escaped(&secret));
    }
    let (status, body) = ask("POST", &user.lookup("TOKEN_URL").unwrap(), &headers, &form)?;
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    match body["access_token"].as_str() {
        Some(token) if status == 200 => Ok(token.to_owned()),
        _ => Err(format!("token {status} {}", body["error"].as_str().unwrap_or_default()).trim().to_owned()),
    }
}

fn api(user: &Misconfigured, token: &str) -> String {
    let url = user.lookup("API_BASE_URL").unwrap() + user.path().unwrap_or("/me");
    let (status, body) = match ask("GET", &url, &format!("Authorization: Bearer {token}\r\n"), "") {
        Ok(answer) => answer,
        Err(failure) => return format!("api {failure}"),
    };
    let well = match serde_json::from_str::<Value>(&body) {
        Err(_) => " no json",
        Ok(body) if body["data"].as_array().is_some_and(Vec::is_empty) => " empty",
        Ok(body) if status == 200 && !body.is_object() => " mistyped",
        Ok(_) => "",
    };
    format!("api {status}{}", if status == 200 { well } else { "" })
}

fn ask(method: &str, url: &str, headers: &str, body: &str) -> Result<(u16, String), String> {
    let Some((authority, path)) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_at_checked(rest.find('/').unwrap_or(rest.len())))
    else {
        return Err("https".to_owned());
    };
    let Ok(address) = authority.parse::<SocketAddr>() else { return Err("no address".to_owned()) };
    let mut stream = TcpStream::connect(address).map_err(|_| "refused".to_owned())?;
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\n{headers}Connection: close\r\n");
    stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return Err("cut".to_owned()) };
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
    if length.is_some_and(|length| length.parse::<usize>().unwrap() > body.len()) {
        return Err("cut".to_owned());
    }
    Ok((status, body.to_owned()))
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
