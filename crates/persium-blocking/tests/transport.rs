//! The client over a transport that is mocked: what it is asked for, in which order, and what becomes of its answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Request, StatusCode};
use mockall::{Sequence, mock};
use persium_blocking::{Cancel, Client, Config, Transport};
use persium_core::{Failure, FailureKind, Phase, Response};

mock! {
    Network {}

    impl Transport for Network {
        fn transmit(
            &self,
            request: Request<Bytes>,
            timeout: Duration,
            max_body: usize,
        ) -> Result<Response, Failure>;
    }
}

const TOKEN_PATH: &str = "/realms/acme/protocol/openid-connect/token";
const ME: &str = r#"{"client_id":"acme"}"#;

fn client(network: MockNetwork) -> Client {
    let config = Config::builder()
        .token_url(format!("https://sso.test{TOKEN_PATH}"))
        .api_base_url("https://api.test/api/m2m/v1")
        .client_id("acme")
        .client_secret("s3cret")
        .build()
        .expect("the values can be used");
    Client::builder(config).transport(Arc::new(network)).build().expect("a client")
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Response {
    http::Response::builder().status(status).body(body.into()).expect("a response")
}

/// An answer of the token endpoint.
fn token(token: &str) -> Response {
    answer(StatusCode::OK, format!(r#"{{"access_token":"{token}","expires_in":300,"token_type":"Bearer"}}"#))
}

fn is_for_token(request: &Request<Bytes>) -> bool {
    request.method() == Method::POST && request.uri().path() == TOKEN_PATH
}

/// A call with that token.
fn is_with(request: &Request<Bytes>, token: &str) -> bool {
    request.uri().path() == "/api/m2m/v1/me" && request.headers()[AUTHORIZATION] == format!("Bearer {token}")
}

#[test]
fn a_token_is_asked_for_and_then_the_api_each_within_its_limits() {
    let (mut network, mut order) = (MockNetwork::new(), Sequence::new());
    network
        .expect_transmit()
        .withf(|request, timeout, max_body| {
            let body = "grant_type=client_credentials&client_id=acme&client_secret=s3cret";
            is_for_token(request)
                && request.body() == body
                && *timeout <= Duration::from_secs(10)
                && *max_body == 64 * 1024
        })
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(token("one")));
    network
        .expect_transmit()
        .withf(|request, timeout, max_body| {
            is_with(request, "one") && *timeout <= Duration::from_secs(20) && *max_body == 16 * 1024 * 1024
        })
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(answer(StatusCode::OK, ME)));
    assert_eq!(client(network).me().unwrap().client_id, "acme");
}

#[test]
fn a_refused_token_is_replaced_once_and_the_call_repeated_with_the_new_one() {
    let (mut network, mut order) = (MockNetwork::new(), Sequence::new());
    for (name, status) in [("one", StatusCode::UNAUTHORIZED), ("two", StatusCode::OK)] {
        network
            .expect_transmit()
            .withf(|request, _, _| is_for_token(request))
            .times(1)
            .in_sequence(&mut order)
            .returning(move |_, _, _| Ok(token(name)));
        network
            .expect_transmit()
            .withf(move |request, _, _| is_with(request, name))
            .times(1)
            .in_sequence(&mut order)
            .returning(move |_, _, _| Ok(answer(status, ME)));
    }
    client(network).me().unwrap();
}

#[test]
fn a_connection_found_closed_costs_no_pause_and_no_token() {
    let (mut network, mut order) = (MockNetwork::new(), Sequence::new());
    network
        .expect_transmit()
        .withf(|request, _, _| is_for_token(request))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(token("one")));
    network
        .expect_transmit()
        .withf(|request, _, _| is_with(request, "one"))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Err(Failure::new(Phase::Send, FailureKind::Stale, "closed")));
    network
        .expect_transmit()
        .withf(|request, _, _| is_with(request, "one"))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(answer(StatusCode::OK, ME)));
    let client = client(network);
    client.me().unwrap();
    assert_eq!(client.stats().retries, 0, "none was waited for");
}

#[test]
fn what_is_wrong_for_good_is_asked_once_and_told_with_its_source() {
    let mut network = MockNetwork::new();
    network
        .expect_transmit()
        .times(1)
        .returning(|_, _, _| Err(Failure::new(Phase::Proxy, FailureKind::Refused, "no way through")));
    let error = client(network).me().unwrap_err();
    assert_eq!(error.phase(), Some(Phase::Proxy));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no way through");
}

#[test]
fn clones_share_the_token() {
    let mut network = MockNetwork::new();
    network
        .expect_transmit()
        .withf(|request, _, _| is_for_token(request))
        .times(1)
        .returning(|_, _, _| Ok(token("one")));
    network
        .expect_transmit()
        .withf(|request, _, _| is_with(request, "one"))
        .times(3)
        .returning(|_, _, _| Ok(answer(StatusCode::OK, ME)));
    let client = client(network);
    for clone in [client.clone(), client.clone(), client] {
        clone.me().unwrap();
    }
}

#[test]
fn a_transport_that_panics_ends_the_call_that_can_be_called_off_and_no_other() {
    let (mut network, mut order) = (MockNetwork::new(), Sequence::new());
    network
        .expect_transmit()
        .withf(|request, _, _| is_for_token(request))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(token("one")));
    network
        .expect_transmit()
        .withf(|request, _, _| is_with(request, "one"))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| panic!("a bug of the transport's"));
    network
        .expect_transmit()
        .withf(|request, _, _| is_with(request, "one"))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(answer(StatusCode::OK, ME)));
    // By its deadline it is too late for another attempt, and nobody waits for one.
    let client = client(network);
    let hasty = client.within(Duration::from_millis(900)).canceled_by(&Cancel::new());
    assert!(hasty.me().unwrap_err().is_unavailable());
    client.me().unwrap();
}
