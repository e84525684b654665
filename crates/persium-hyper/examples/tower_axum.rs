//! An axum service before Persium: whoever asks it needs no credentials, and sees what the API answers.
//!
//! What axum's users send by is hyper's client with axum's body; the token is a layer on that. With `persium fake` in
//! another terminal, and what that prints in the environment: `cargo run -p persium-hyper --example tower_axum`, then
//! `curl localhost:3000/stations`.

use std::error::Error;
use std::io;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::uri::InvalidUri;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use persium_hyper::{BearerLayer, Client};
use rustls::crypto::ring;
use tokio::net::TcpListener;
use tower::{Layer, ServiceExt};

/// Passes every request on, below the API's base.
pub(crate) fn app(client: Client) -> io::Result<Router> {
    let base = client.config().api_base_url().clone();
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_platform_verifier(ring::default_provider())?
        .https_or_http()
        .enable_http1()
        .build();
    let http = legacy::Client::builder(TokioExecutor::new()).build(connector);
    // Nothing can be sent a second time; what comes over a connection to us is a stream, and comes once.
    let replay = |body: &Body| body.is_end_stream().then(Body::empty);
    let upstream = BearerLayer::new(client, replay).layer(http);
    Ok(Router::new().fallback(async move |mut request: Request| -> Result<Response, (StatusCode, String)> {
        *request.uri_mut() = below(&base, request.uri()).map_err(|error| bad_gateway(&error))?;
        // It is about the connection to us (RFC 9110 section 7.6.1).
        request.headers_mut().remove(CONNECTION);
        let answer = upstream.oneshot(request).await.map_err(|error| bad_gateway(&error))?;
        Ok(answer.map(Body::new))
    }))
}

fn below(base: &Uri, asked: &Uri) -> Result<Uri, InvalidUri> {
    let path = asked.path_and_query().map_or("/", |path| path.as_str());
    format!("{base}{path}").parse()
}

/// What an error prints holds no secret: it can be shown to whoever asked.
fn bad_gateway(error: &dyn Error) -> (StatusCode, String) {
    (StatusCode::BAD_GATEWAY, error.to_string())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(Client::from_env()?)?).await?;
    Ok(())
}
