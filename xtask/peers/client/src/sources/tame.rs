//! tame-oauth: sends nothing itself.

use std::hint::black_box;

use tame_oauth::gcp::{ServiceAccountInfo, ServiceAccountProvider, TokenOrRequest, TokenProvider as _};

use super::{Source, service_account, told};
use crate::fetch::Fetch;

pub struct Tame {
    provider: ServiceAccountProvider,
    fetch: Fetch,
}

const SCOPES: [&str; 1] = ["bench"];

impl Source for Tame {
    const NAME: &'static str = "tame-oauth";
    const ENDS_WITH: &'static str = "token";
    // Each of its callers would send what it is told to.
    const HERDS: bool = false;

    async fn start(endpoint: &str) -> Self {
        let info = ServiceAccountInfo::deserialize(service_account::json(endpoint)).expect("an account");
        Self { provider: ServiceAccountProvider::new(info).expect("a key"), fetch: Fetch::new(endpoint) }
    }

    async fn take(&self) -> Result<(), String> {
        match self.provider.get_token(&SCOPES).map_err(told)? {
            TokenOrRequest::Token(token) => {
                black_box(token);
            }
            TokenOrRequest::Request { request, scope_hash, .. } => {
                let response = self.fetch.send(request.into_body().into()).await?;
                black_box(self.provider.parse_token_response(scope_hash, response).map_err(told)?);
            }
        }
        Ok(())
    }
}
