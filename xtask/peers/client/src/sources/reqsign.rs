//! reqsign: signs a request with a token that it keeps. Where that comes from is left to others.

use std::hint::black_box;
use std::time::Duration;

use ::reqsign::google::{Credential, RequestSigner, Token};
use ::reqsign::time::Timestamp;
use ::reqsign::{Context, Error, ProvideCredential, Signer};

use super::{Source, told};
use crate::fetch::Fetch;

pub struct Reqsign {
    signer: Signer<Credential>,
    request: http::request::Parts,
}

impl Source for Reqsign {
    const NAME: &'static str = "reqsign";
    const ENDS_WITH: &'static str = "signed request";

    async fn start(endpoint: &str) -> Self {
        let (mut request, ()) = http::Request::new(()).into_parts();
        request.uri = http::Uri::from_static("https://storage.example.com/bench");
        let provider = Provider(Fetch::new(endpoint));
        let signer = Signer::new(Context::new(), provider, RequestSigner::new("storage"));
        Self { signer, request }
    }

    async fn take(&self) -> Result<(), String> {
        let mut request = self.request.clone();
        self.signer.sign(&mut request, None).await.map_err(told)?;
        black_box(request);
        Ok(())
    }
}

#[derive(Debug)]
struct Provider(Fetch);

impl ProvideCredential for Provider {
    type Credential = Credential;

    async fn provide_credential(&self, _: &Context) -> ::reqsign::Result<Option<Credential>> {
        let token = self.0.token().await.map_err(Error::unexpected)?;
        let expires_at = Some(Timestamp::now() + Duration::from_secs(token.expires_in));
        Ok(Some(Credential::with_token(Token { access_token: token.access_token, expires_at })))
    }
}
