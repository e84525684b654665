//! object_store: the credentials of its Azure client.

use std::hint::black_box;

use ::object_store::ClientOptions;
use ::object_store::azure::{MicrosoftAzure, MicrosoftAzureBuilder};

use super::{Source, told};

pub struct ObjectStore(MicrosoftAzure);

impl Source for ObjectStore {
    const NAME: &'static str = "object_store";
    const ENDS_WITH: &'static str = "token";

    async fn start(endpoint: &str) -> Self {
        let builder = MicrosoftAzureBuilder::new()
            .with_account("bench")
            .with_container_name("bench")
            .with_client_secret_authorization("bench", "bench", "bench")
            .with_authority_host(endpoint)
            .with_client_options(ClientOptions::new().with_allow_http(true));
        Self(builder.build().expect("all is told"))
    }

    async fn take(&self) -> Result<(), String> {
        black_box(self.0.credentials().get_credential().await.map_err(told)?);
        Ok(())
    }
}
