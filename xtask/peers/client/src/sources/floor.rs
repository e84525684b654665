//! The least that a header costs that is shared, may expire and may be replaced, by the standard library's clock.

use std::hint::black_box;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use http::HeaderValue;

use super::Source;

pub struct Floor(ArcSwapOption<(HeaderValue, Instant)>);

impl Source for Floor {
    const NAME: &'static str = "floor: `ArcSwap`, `Instant::now`, a header's clone";
    const ENDS_WITH: &'static str = "header";
    const HERDS: bool = false;

    async fn start(_: &str) -> Self {
        let mut header = HeaderValue::try_from(format!("Bearer {}", "x".repeat(1024))).expect("a header");
        header.set_sensitive(true);
        Self(ArcSwapOption::from_pointee((header, Instant::now() + Duration::from_secs(3600))))
    }

    async fn take(&self) -> Result<(), String> {
        let current = self.0.load();
        let Some((header, expires_at)) = current.as_deref() else { return Err("none".to_owned()) };
        if *expires_at < Instant::now() {
            return Err("expired".to_owned());
        }
        black_box(header.clone());
        Ok(())
    }
}
