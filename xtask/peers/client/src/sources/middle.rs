//! middle: a header that a background task renews.

use std::hint::black_box;

use ::middle::{Authorizer as _, BasicClientCredentialAuthorizer};
use http::HeaderValue;

use super::{Source, told};

pub struct Middle(BasicClientCredentialAuthorizer);

impl Source for Middle {
    const NAME: &'static str = "middle";
    const ENDS_WITH: &'static str = "header";
    // It has its token from the start.
    const HERDS: bool = false;

    async fn start(endpoint: &str) -> Self {
        let endpoint = url::Url::parse(endpoint).expect("a URL");
        let builder = BasicClientCredentialAuthorizer::basic_builder("bench", "bench", endpoint);
        Self(builder.build().await.expect("the endpoint gives one"))
    }

    async fn take(&self) -> Result<(), String> {
        // It lends its own: what is put into a request is a clone.
        let header = self.0.authorization_header().map_err(told)?;
        black_box(HeaderValue::clone(&header));
        Ok(())
    }
}
