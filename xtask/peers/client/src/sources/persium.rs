//! Ours.

use std::hint::black_box;

use persium_core::Config;

use super::{Source, told};

pub struct Hyper(persium_hyper::Client);

impl Source for Hyper {
    const NAME: &'static str = "**persium-hyper**";
    const ENDS_WITH: &'static str = "header";

    async fn start(endpoint: &str) -> Self {
        Self(persium_hyper::Client::new(config(endpoint)).expect("nothing is read from the system"))
    }

    async fn take(&self) -> Result<(), String> {
        let bearer = self.0.bearer().await.map_err(told)?;
        black_box(bearer.header().clone());
        Ok(())
    }
}

pub struct Blocking(persium_blocking::Client);

impl Source for Blocking {
    const NAME: &'static str = "**persium-blocking**";
    const ENDS_WITH: &'static str = "header";
    // Its callers are threads.
    const HERDS: bool = false;

    async fn start(endpoint: &str) -> Self {
        Self(persium_blocking::Client::new(config(endpoint)).expect("nothing is read from the system"))
    }

    async fn take(&self) -> Result<(), String> {
        let bearer = self.0.bearer().map_err(told)?;
        black_box(bearer.header().clone());
        Ok(())
    }
}

/// With an API that is never asked.
fn config(endpoint: &str) -> Config {
    let config =
        Config::builder().token_url(endpoint).api_base_url("http://127.0.0.1:1").allow_loopback_http();
    config.client_id("bench").client_secret("bench").build().expect("all is told")
}
