//! Connections that are kept without end. A test binary of its own: it hears every panic of the process.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use persium_testkit::Kit;
use persium_testkit::conformance::config;
use tokio::runtime::Builder;

#[test]
fn an_idle_connection_may_be_kept_without_end() {
    let panics = Arc::new(AtomicUsize::new(0));
    let heard = Arc::clone(&panics);
    panic::set_hook(Box::new(move |_| {
        heard.fetch_add(1, Ordering::SeqCst);
    }));
    let kit = Kit::start();

    let client = persium_blocking::Client::builder(config(&kit)).no_proxy().pool_idle_timeout(Duration::MAX);
    let client = client.build().expect("a client");
    (0..2).for_each(|_| drop(client.me().expect("an answer")));

    let client = persium_hyper::Client::builder(config(&kit)).no_proxy().pool_idle_timeout(Duration::MAX);
    let client = client.build().expect("a client");
    // One thread: what the first call leaves behind has had its turn before the second has its answer.
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
        for _ in 0..2 {
            client.me().await.expect("an answer");
        }
    });

    assert_eq!(panics.load(Ordering::SeqCst), 0);
}
