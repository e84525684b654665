//! What is said to the token endpoint, and what is kept of what it says.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};

const SECRETS: [&str; 6] =
    [SECRET, "plain", "Grüße, Jörg", "密碼 パスワード", "100%zz:colon", " leading and trailing\n"];

fn exchange_of(config: Config) -> Exchange {
    Desk::with(config).send(&mut Seat::default())
}

fn form(exchange: &Exchange) -> Vec<(String, String)> {
    let request = exchange.transmit().request;
    form_urlencoded::parse(request.body()).into_owned().collect()
}

#[test]
fn the_request_is_a_post_to_the_token_endpoint_with_its_own_bounds() {
    let exchange = exchange_of(config());
    let transmit = exchange.transmit();
    assert_eq!(transmit.request.method(), http::Method::POST);
    assert_eq!(*transmit.request.uri(), config().token_url);
    assert_eq!(transmit.request.headers()[ACCEPT], "application/json");
    assert_eq!(transmit.request.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
    assert_eq!(transmit.timeout_at.since(exchange.sent_at.monotonic), SECOND * 10);
    assert_eq!(transmit.max_body, 64 * 1024);
}

#[test]
fn the_form_is_encoded_as_forms_are() {
    let body = exchange_of(config()).transmit().request.into_body();
    assert_eq!(
        body,
        "grant_type=client_credentials&client_id=station+reader\
         &client_secret=p%40ss+w%2Ford%2Bplus%2525and%3Deq%26amp"
    );
}

#[test]
fn every_secret_arrives_as_it_is() {
    for secret in SECRETS {
        let exchange = exchange_of(Config { credentials: credentials(secret), ..config() });
        let expected = [
            ("grant_type", "client_credentials"),
            ("client_id", "station reader"),
            ("client_secret", secret),
        ];
        assert_eq!(form(&exchange), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(!exchange.transmit().request.headers().contains_key(AUTHORIZATION));
    }
}

#[test]
fn basic_authentication_encodes_both_parts_before_it_joins_them() {
    for secret in SECRETS {
        let exchange = exchange_of(Config {
            credentials: credentials(secret),
            authentication: Authentication::Basic,
            ..config()
        });
        assert_eq!(form(&exchange), [("grant_type".to_owned(), "client_credentials".to_owned())]);

        let request = exchange.transmit().request;
        let header = &request.headers()[AUTHORIZATION];
        assert!(header.is_sensitive());
        let pair = STANDARD.decode(header.to_str().unwrap().strip_prefix("Basic ").unwrap()).unwrap();
        let pair = String::from_utf8(pair).unwrap();
        let (id, encoded) = pair.split_once(':').unwrap();
        assert_eq!(id, "station+reader");
        let decoded: Vec<_> = form_urlencoded::parse(encoded.as_bytes()).collect();
        assert_eq!(decoded, [(secret.into(), "".into())], "{encoded}");
    }
}

#[test]
fn scope_is_left_out_when_it_is_unset_or_empty() {
    for (scope, sent) in [(None, None), (Some(""), None), (Some("email profile"), Some("email profile"))] {
        let exchange = exchange_of(Config { scope: scope.map(str::to_owned), ..config() });
        let found = form(&exchange).into_iter().find(|(name, _)| name == "scope").map(|(_, value)| value);
        assert_eq!(found.as_deref(), sent);
    }
}

#[test]
fn an_endpoint_that_echoes_the_request_gives_no_secret_away() {
    for authentication in [Authentication::Form, Authentication::Basic] {
        for status in [200, 400, 401, 500, 503] {
            let mut desk = Desk::with(Config { authentication, ..config() });
            let mut seat = Seat::default();
            let mut error = None;
            while error.is_none() {
                let due = waits(desk.ask(&mut seat));
                desk.pass_until(due);
                let exchange = desk.exchange().unwrap();
                let request = exchange.transmit().request;
                let sent = request.headers().get(AUTHORIZATION).map_or("", |value| value.to_str().unwrap());
                let form = String::from_utf8(request.body().to_vec()).unwrap();
                let echo = response(status, format!("<html>you sent {form} {sent}, that is {SECRET}</html>"));
                desk.finish(exchange, Ok(echo));
                if let Acquire::Failed(failed) = desk.ask(&mut seat) {
                    error = Some(failed);
                }
            }
            let error = error.unwrap();
            let kept = String::from_utf8_lossy(error.body().unwrap()).into_owned();
            assert!(kept.starts_with("<html>you sent grant_type"), "{kept}");
            let shown = format!("{error} {error:?} {kept} {:?}", error.message());
            let basic = STANDARD.encode("station+reader:p%40ss+w%2Ford%2Bplus%2525and%3Deq%26amp");
            for secret in [SECRET, "p%40ss+w%2Ford%2Bplus%2525and%3Deq%26amp", basic.as_str()] {
                assert!(!shown.contains(secret), "{authentication:?} {status}: {shown}");
            }
        }
    }
}

#[test]
fn an_endpoint_that_quotes_the_secret_in_json_gives_it_away_in_no_spelling() {
    let escaped = SECRET.replace('/', r"\/").replace('&', r"\u0026");
    let mut desk = Desk::new();
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    let body = format!(r#"{{"error":"invalid_client","error_description":"no such secret: {escaped}"}}"#);
    desk.finish(exchange, Ok(response(401, body)));
    let error = fails(desk.ask(&mut seat));
    assert_eq!(error.message(), Some("no such secret: [redacted]"));
    let kept = String::from_utf8_lossy(error.body().unwrap()).into_owned();
    assert!(!kept.contains("w\\/ord"), "{kept}");
}

#[test]
fn nothing_that_debugs_the_machine_shows_a_secret_or_a_token() {
    let mut desk = Desk::with(Config { authentication: Authentication::Basic, ..config() });
    let mut seat = Seat::default();
    let exchange = desk.send(&mut seat);
    let mut shown = format!("{:?} {exchange:?} {:?}", desk.machine, exchange.transmit());
    let finished = exchange.finish(Ok(grant("tok3n", 300)));
    shown += &format!("{finished:?}");
    desk.machine.handle_exchange(desk.now, finished);
    let bearer = gets(desk.ask(&mut seat));
    shown += &format!("{:?} {bearer:?}", desk.machine);
    for secret in ["p@ss", "p%40ss", "tok3n"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
