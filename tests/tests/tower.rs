//! The bearer as a tower layer, over sockets: the examples of persium-hyper, with reqwest and with axum.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use axum::body::Body as AxumBody;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use persium_hyper::{BearerError, Client, Config};
use persium_testkit::{Kit, Route};
use reqwest::Body;
use tower::{Service, ServiceExt};

#[allow(dead_code, reason = "its main is the example's")]
#[path = "../../crates/persium-hyper/examples/tower_axum.rs"]
mod tower_axum;

#[allow(dead_code, reason = "its main is the example's")]
#[path = "../../crates/persium-hyper/examples/tower_reqwest.rs"]
mod tower_reqwest;

fn client(kit: &Kit) -> Client {
    let config = Config::from_lookup(|name| kit.lookup(name)).unwrap();
    Client::builder(config).no_proxy().build().unwrap()
}

fn get(kit: &Kit, path: &str, body: Body) -> Request<Body> {
    Request::get(format!("{}{path}", kit.api_base_url())).body(body).unwrap()
}

/// One that reqwest shows no bytes of.
fn stream() -> Body {
    Body::wrap(Full::new(bytes::Bytes::from_static(b"once")))
}

#[tokio::test]
async fn the_layer_and_the_client_share_one_token() {
    let kit = Kit::start();
    let client = client(&kit);
    let mut service = tower_reqwest::with_bearer(client.clone(), tower_reqwest::http().unwrap());
    client.me().await.unwrap();
    for path in ["/me", "/stations"] {
        let answer = service.ready().await.unwrap().call(get(&kit, path, Body::from(""))).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.into_body().collect().await.unwrap().to_bytes().starts_with(b"{"));
    }
    assert_eq!((kit.token_requests(), kit.api_requests()), (1, 3));
}

#[tokio::test]
async fn a_revoked_token_costs_a_buffered_request_nothing_but_another_token() {
    let kit = Kit::start();
    let mut service = tower_reqwest::with_bearer(client(&kit), tower_reqwest::http().unwrap());
    service.ready().await.unwrap().call(get(&kit, "/me", Body::from(""))).await.unwrap();

    kit.revoke_all();
    let answer = service.ready().await.unwrap().call(get(&kit, "/me", Body::from("again"))).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (2, 3));
}

#[tokio::test]
async fn a_revoked_token_costs_a_stream_an_error_that_says_so() {
    let kit = Kit::start();
    let mut service = tower_reqwest::with_bearer(client(&kit), tower_reqwest::http().unwrap());
    service.ready().await.unwrap().call(get(&kit, "/me", stream())).await.unwrap();

    kit.revoke_all();
    let error = service.ready().await.unwrap().call(get(&kit, "/me", stream())).await.unwrap_err();
    assert!(matches!(&error, BearerError::Bearer(error) if error.is_unauthorized()), "{error}");
    assert_eq!(kit.requests(Route::Me), 2, "it was sent once");
    let answer = service.ready().await.unwrap().call(get(&kit, "/me", stream())).await.unwrap();
    assert_eq!((answer.status(), kit.token_requests()), (StatusCode::OK, 2));
}

#[tokio::test]
async fn nothing_goes_to_another_origin_nor_where_a_redirect_leads() {
    let (kit, other) = (Kit::start(), Kit::start());
    let mut service = tower_reqwest::with_bearer(client(&kit), tower_reqwest::http().unwrap());
    let error = service.ready().await.unwrap().call(get(&other, "/me", Body::from(""))).await.unwrap_err();
    assert!(matches!(&error, BearerError::Bearer(error) if error.is_bad_request()), "{error}");

    kit.plan(Route::Me, &persium_testkit::Fault::redirect(other.api_base_url()), 1);
    let answer = service.ready().await.unwrap().call(get(&kit, "/me", Body::from(""))).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!((other.token_requests(), other.api_requests()), (0, 0));
}

#[tokio::test]
async fn whoever_asks_the_axum_service_sees_the_apis_answers() {
    let kit = Kit::start();
    let app = tower_axum::app(client(&kit)).unwrap();
    let ask = async |path: &str| {
        let request = Request::get(path).header("authorization", "Bearer of-somebody-else");
        let answer = app.clone().oneshot(request.body(AxumBody::empty()).unwrap()).await.unwrap();
        (answer.status(), answer.into_body().collect().await.unwrap().to_bytes())
    };
    let (status, body) = ask("/stations?page=1&per_page=2").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()["data"].as_array().unwrap().len(),
        2
    );

    kit.revoke_all();
    assert_eq!(ask("/me").await.0, StatusCode::OK);
    kit.disable_client();
    assert_eq!(ask("/me").await.0, StatusCode::FORBIDDEN);
    assert_eq!(kit.token_requests(), 2);

    kit.stop();
    let (status, body) = ask("/me").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{body:?}");
    kit.come_back();
}
