//! The adapters under test.

use std::sync::Once;

use tracing_subscriber::EnvFilter;

mod blocking;
mod embedded;
mod hyper;

pub use blocking::Blocking;
pub use embedded::{Embedded, Runtime};
pub use hyper::Hyper;

/// Prints what the libraries below log, as far as `RUST_LOG` says: the gate scans it for secrets.
fn log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber =
            tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_test_writer();
        // Where a test has a subscriber of its own, that is told instead.
        let _ = subscriber.try_init();
    });
}
