//! persium-blocking, on the calling thread.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use persium_blocking::Client;
use persium_core::plan::Plan;
use persium_core::{Bearer, Config, Credentials, Error, Operation, Stats, model};
use persium_testkit::conformance::{Closes, Counts, Deadlines, Driver, Headers, Rotates, Setup};
use uuid::Uuid;

/// The blocking adapter.
#[derive(Clone)]
pub struct Blocking(Client);

impl Blocking {
    /// The client itself.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0
    }
}

impl Driver for Blocking {
    fn connect(config: Config, setup: Setup) -> Result<Self, Error> {
        super::log();
        let mut builder = match &setup.proxy {
            Some(proxy) => Client::builder(config).proxy(proxy, ""),
            None => Client::builder(config).no_proxy(),
        };
        if let Some(path) = setup.secret_file {
            builder = builder.secret_file(path);
        }
        if let Some(pem) = &setup.ca_pem {
            builder = builder.ca_certificate_pem(pem.as_bytes());
        }
        if let Some((chain, key)) = &setup.identity_pem {
            builder = builder.client_certificate_pem(chain.as_bytes(), key.as_bytes());
        }
        if let Some(clock) = setup.clock {
            builder = builder.clock(clock);
        }
        builder.build().map(Self)
    }

    fn call<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        self.0.call(operation)
    }

    fn bearer(&self) -> Result<Arc<Bearer>, Error> {
        self.0.bearer()
    }

    fn bearer_instead_of(&self, refused: &Bearer) -> Result<Arc<Bearer>, Error> {
        self.0.bearer_instead_of(refused)
    }

    fn latest(&self, station: Uuid) -> Result<Option<model::Reading>, Error> {
        self.0.latest(station)
    }

    fn walk<P>(&self, plan: P, mut mend: impl FnMut() -> bool) -> Vec<Result<P::Item, Error>>
    where
        P: Plan + Unpin,
        P::Item: Unpin,
        P::Operation: Send + 'static,
        <P::Operation as Operation>::Output: Send + 'static,
    {
        let mut walk = self.0.walk(plan);
        let mut items = Vec::new();
        loop {
            items.extend(walk.by_ref());
            if !items.last().is_some_and(Result::is_err) || !mend() {
                return items;
            }
            walk.resume();
        }
    }
}

impl Deadlines for Blocking {
    fn within(&self, timeout: Duration) -> Self {
        Self(self.0.within(timeout))
    }
}

impl Headers for Blocking {
    fn with_headers(&self, headers: HeaderMap) -> Self {
        Self(self.0.with_headers(headers))
    }
}

impl Counts for Blocking {
    fn stats(&self) -> Stats {
        self.0.stats()
    }
}

impl Closes for Blocking {
    fn close(&self, timeout: Duration) {
        self.0.close(timeout);
    }
}

impl Rotates for Blocking {
    fn set_credentials(&self, credentials: Credentials) {
        self.0.set_credentials(credentials);
    }
}
