//! gcp_auth, with a service account.

use std::hint::black_box;

use ::gcp_auth::{CustomServiceAccount, TokenProvider as _};

use super::{Source, service_account, told};

pub struct GcpAuth(CustomServiceAccount);

impl Source for GcpAuth {
    const NAME: &'static str = "gcp_auth";
    const ENDS_WITH: &'static str = "token";

    async fn start(endpoint: &str) -> Self {
        Self(CustomServiceAccount::from_json(&service_account::json(endpoint)).expect("an account"))
    }

    async fn take(&self) -> Result<(), String> {
        black_box(self.0.token(&["bench"]).await.map_err(told)?);
        Ok(())
    }
}
