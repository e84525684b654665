//! huskarl, with a client's secret.

use std::hint::black_box;

use ::huskarl::authorizer::HttpAuthorizer;
use ::huskarl::cache::{GrantTokenSource, InMemoryRefreshTokenStore, InMemoryTokenCache};
use ::huskarl::core::client_auth::ClientSecret;
use ::huskarl::core::http::{HttpClient, HttpResponse, Idempotency};
use ::huskarl::core::platform::MaybeSendBoxFuture;
use ::huskarl::core::secrets::{ProvidedSecret, SecretString};
use ::huskarl::core::{EndpointUrl, Error, RetryAdvice};
use ::huskarl::grant::client_credentials::{ClientCredentialsGrant, ClientCredentialsGrantParameters};
use bytes::Bytes;
use http::{Method, Request, Uri};

use super::{Source, told};
use crate::fetch::Fetch;

pub struct Huskarl {
    authorizer: HttpAuthorizer,
    uri: Uri,
}

impl Source for Huskarl {
    const NAME: &'static str = "huskarl";
    const ENDS_WITH: &'static str = "header";

    async fn start(endpoint: &str) -> Self {
        let secret = ProvidedSecret::new(SecretString::new("bench"));
        let grant = ClientCredentialsGrant::builder()
            .client_id("bench")
            .client_auth(ClientSecret::new(secret))
            .http_client(Plain(Fetch::new(endpoint)))
            .token_endpoint(EndpointUrl::try_from(endpoint).expect("a URL"))
            .build();
        let source = GrantTokenSource::builder()
            .grant(grant)
            .grant_parameters(ClientCredentialsGrantParameters::builder().build())
            .refresh_store(InMemoryRefreshTokenStore::default())
            .build();
        let cache = InMemoryTokenCache::builder().source(source).build();
        let uri = Uri::from_static("https://api.example.com/bench");
        Self { authorizer: HttpAuthorizer::builder().cache(cache).build(), uri }
    }

    async fn take(&self) -> Result<(), String> {
        black_box(self.authorizer.get_headers(&Method::GET, &self.uri).await.map_err(told)?);
        Ok(())
    }
}

struct Plain(Fetch);

impl HttpClient for Plain {
    fn execute(
        &self,
        request: Request<Bytes>,
        _: Idempotency,
    ) -> MaybeSendBoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async move {
            let response =
                self.0.send(request.into_body()).await.map_err(|error| Error::new(RetryAdvice::No, error))?;
            let (head, body) = response.into_parts();
            Ok(HttpResponse { status: head.status, headers: head.headers, body })
        })
    }
}
