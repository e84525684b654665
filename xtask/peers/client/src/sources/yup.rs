//! yup-oauth2, with a service account.

use std::hint::black_box;

use hyper_util::client::legacy::connect::HttpConnector;
use yup_oauth2::ServiceAccountAuthenticator;
use yup_oauth2::authenticator::Authenticator;
use yup_oauth2::hyper_rustls::HttpsConnector;

use super::{Source, service_account, told};

pub struct Yup(Authenticator<HttpsConnector<HttpConnector>>);

impl Source for Yup {
    const NAME: &'static str = "yup-oauth2";
    const ENDS_WITH: &'static str = "token";

    async fn start(endpoint: &str) -> Self {
        let key = serde_json::from_str(&service_account::json(endpoint)).expect("an account");
        let builder = ServiceAccountAuthenticator::builder(key);
        Self(builder.build().await.expect("a key"))
    }

    async fn take(&self) -> Result<(), String> {
        black_box(self.0.token(&["bench"]).await.map_err(told)?);
        Ok(())
    }
}
