//! What the cached path allocates. A program of its own, for its allocator counts.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use persium_blocking::{Client, Transport};
use persium_core::{Config, Failure, Response};

/// Answers every request with a token of 1 KiB.
struct Tokens;

impl Transport for Tokens {
    fn transmit(&self, _: Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
        let token = "x".repeat(1024);
        Ok(Response::new(format!(r#"{{"access_token":"{token}","expires_in":300}}"#).into()))
    }
}

#[test]
fn a_cached_token_allocates_nothing() {
    let config = Config::builder().token_url("http://127.0.0.1:1/token").api_base_url("http://127.0.0.1:1");
    let config = config.allow_loopback_http().client_id("id").client_secret("secret").build().unwrap();
    let client = Client::builder(config).transport(Arc::new(Tokens)).build().unwrap();
    let take = || {
        let bearer = client.bearer().unwrap();
        black_box(bearer.header().clone());
    };
    // The first one fetches, and makes what this thread has of its own.
    let first = allocation_counter::measure(take);
    assert!(0 < first.count_total, "the allocator counts");
    assert_eq!(allocation_counter::measure(take).count_total, 0);
}
