//! A token request by hyper's client, for those who leave that to others.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

/// Sends a request wherever it says, and reads the answer.
#[derive(Clone, Debug)]
pub struct Fetch {
    client: Client<HttpConnector, Full<Bytes>>,
    endpoint: String,
}

#[derive(Deserialize)]
pub struct Token {
    pub access_token: String,
    pub expires_in: u64,
}

impl Fetch {
    pub fn new(endpoint: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, endpoint: endpoint.to_owned() }
    }

    pub async fn send(&self, body: Bytes) -> Result<Response<Bytes>, String> {
        let request = Request::post(&self.endpoint).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
        let response = self.client.request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(Response::from_parts(head, body))
    }

    pub async fn token(&self) -> Result<Token, String> {
        let response = self.send(Bytes::from_static(b"grant_type=client_credentials")).await?;
        if !response.status().is_success() {
            return Err(response.status().to_string());
        }
        serde_json::from_slice(response.body()).map_err(|error| error.to_string())
    }
}
