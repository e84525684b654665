//! google-cloud-auth, with a user's account, which asks an endpoint that can be told; each caller remembers what it was
//! given last, as its documentation advises.

use std::hint::black_box;

use google_cloud_auth::credentials::user_account::Builder;
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use http::Extensions;

use super::{Source, told};

pub struct Google(Credentials);

impl Source for Google {
    const NAME: &'static str = "google-cloud-auth";
    const ENDS_WITH: &'static str = "header";

    async fn start(endpoint: &str) -> Self {
        let user = serde_json::json!({
            "type": "authorized_user",
            "client_id": "bench",
            "client_secret": "bench",
            "refresh_token": "bench",
        });
        Self(Builder::new(user).with_token_uri(endpoint).build().expect("all is told"))
    }

    async fn take(&self) -> Result<(), String> {
        match self.0.headers(Extensions::new()).await.map_err(told)? {
            CacheableResource::New { data, .. } => black_box(data),
            CacheableResource::NotModified => return Err("nothing was kept".to_owned()),
        };
        Ok(())
    }
}
