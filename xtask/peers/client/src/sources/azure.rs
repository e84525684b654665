//! azure_identity, with a client's secret. It insists on HTTPS, so its requests are sent by our own hand.

use std::hint::black_box;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential as _};
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::request::Body;
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};

use super::{Source, told};
use crate::fetch::Fetch;

pub struct Azure(Arc<ClientSecretCredential>);

impl Source for Azure {
    const NAME: &'static str = "azure_identity";
    const ENDS_WITH: &'static str = "token";

    async fn start(endpoint: &str) -> Self {
        let transport = Transport::new(Arc::new(Plain(Fetch::new(endpoint))));
        let client_options = ClientOptions { transport: Some(transport), ..ClientOptions::default() };
        let options = ClientSecretCredentialOptions { client_options };
        let secret = Secret::from("bench".to_owned());
        let credential = ClientSecretCredential::new("bench", "bench".to_owned(), secret, Some(options));
        Self(credential.expect("all is told"))
    }

    async fn take(&self) -> Result<(), String> {
        black_box(self.0.get_token(&["bench"], None).await.map_err(told)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Plain(Fetch);

#[async_trait]
impl HttpClient for Plain {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body() else {
            return Err(azure_core::Error::with_message(ErrorKind::Other, "a token request is short"));
        };
        let failed = |error| azure_core::Error::with_message(ErrorKind::Io, error);
        let response = self.0.send(body.clone()).await.map_err(failed)?;
        let status = StatusCode::from(response.status().as_u16());
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), response.into_body()))
    }
}
