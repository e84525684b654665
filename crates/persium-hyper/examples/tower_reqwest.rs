//! Persium's token on reqwest's requests.
//!
//! With `persium fake` in another terminal, and what that prints in the environment:
//! `cargo run -p persium-hyper --example tower_reqwest`.

use std::error::Error;

use http::{Request, Response};
use persium_hyper::{BearerError, BearerLayer, Client};
use reqwest::Body;
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use tower::{Layer, Service, ServiceExt, service_fn};

/// reqwest's client as a service, with the token on its requests.
pub(crate) fn with_bearer(
    client: Client,
    http: reqwest::Client,
) -> impl Service<
    Request<Body>,
    Response = Response<Body>,
    Error = BearerError<reqwest::Error>,
    Future: Future<Output = Result<Response<Body>, BearerError<reqwest::Error>>> + Send,
> + Clone
+ Send {
    let send = service_fn(move |request: Request<Body>| {
        let http = http.clone();
        async move { http.execute(request.try_into()?).await.map(Response::from) }
    });
    // A body that is at hand can be sent a second time; reqwest shows the bytes of no other.
    let replay = |body: &Body| body.as_bytes().map(|bytes| Body::from(bytes.to_vec()));
    BearerLayer::new(client, replay).layer(send)
}

/// A client that follows no redirect: where one leads, the token must not go.
pub(crate) fn http() -> Result<reqwest::Client, reqwest::Error> {
    // Which cryptography is the program's choice, and made once.
    let _ = ring::default_provider().install_default();
    reqwest::Client::builder().redirect(Policy::none()).build()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    let me = format!("{}/me", client.config().api_base_url());
    let service = with_bearer(client, http()?);
    let answer = service.oneshot(Request::get(me).body(Body::from(""))?).await?;
    println!("{}", reqwest::Response::from(answer).text().await?);
    Ok(())
}
