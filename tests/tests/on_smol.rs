//! The core on smol, persium-core's example of that, by the same scenarios as our adapters.

use std::sync::Arc;

use persium_core::{Caller, Clock, Config, Error, Now, Session};
use persium_tests::drivers::{Embedded, Runtime};

#[allow(dead_code, reason = "its main is the example's")]
#[path = "../../crates/persium-core/examples/smol.rs"]
mod on_smol;

mod suite {
    persium_testkit::suite!(crate::Embedded<crate::on_smol::Client>,
        without tls client_certificates keep_alive gzip faults proxies secret_files limits closing stats);
}

impl Runtime for on_smol::Client {
    fn start(config: Config, clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::new(config, clock, 7)
    }

    fn config(&self) -> &Arc<Config> {
        &self.config
    }

    fn run<C: Caller>(self: &Arc<Self>, make: impl FnOnce(Now) -> C) -> Result<C::Output, Error> {
        smol::block_on(Self::run(self, make))
    }

    fn with_session(&self, change: impl FnOnce(&mut Session, Now)) {
        Self::with_session(self, change);
    }
}
