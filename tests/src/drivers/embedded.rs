//! The core in a runtime of one's own, which needs four functions for it.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use persium_core::{
    Authorize, Bearer, Call, Caller, Clock, Config, Credentials, Error, LatestReading, Now, Operation,
    Session, model,
};
use persium_testkit::conformance::{Deadlines, Driver, Headers, Rotates, Setup};
use uuid::Uuid;

/// What a runtime does for the core, blocking.
pub trait Runtime: Send + Sync + Sized + 'static {
    /// A client of the core's own parts.
    fn start(config: Config, clock: Arc<dyn Clock>) -> Arc<Self>;
    /// What it was told.
    fn config(&self) -> &Arc<Config>;
    /// Drives a caller to its end.
    ///
    /// # Errors
    ///
    /// The caller's.
    fn run<C: Caller>(self: &Arc<Self>, make: impl FnOnce(Now) -> C) -> Result<C::Output, Error>;
    /// Changes the session.
    fn with_session(&self, change: impl FnOnce(&mut Session, Now));
}

/// A client over a runtime, how long its calls may take, and what their requests carry beside their own.
pub struct Embedded<R> {
    runtime: Arc<R>,
    timeout: Duration,
    headers: Option<Arc<HeaderMap>>,
}

impl<R> Clone for Embedded<R> {
    fn clone(&self) -> Self {
        Self { runtime: Arc::clone(&self.runtime), timeout: self.timeout, headers: self.headers.clone() }
    }
}

impl<R: Runtime> Driver for Embedded<R> {
    fn connect(config: Config, setup: Setup) -> Result<Self, Error> {
        let timeout = config.limits().call_timeout;
        let clock = setup.clock.unwrap_or_else(|| Arc::new(persium_blocking::SystemClock::default()));
        Ok(Self { runtime: R::start(config, clock), timeout, headers: None })
    }

    fn call<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        let config = Arc::clone(self.runtime.config());
        self.runtime.run(|now| {
            Call::new(operation, config, now)
                .with_deadline(now.monotonic + self.timeout)
                .with_headers(self.headers.clone())
        })
    }

    fn bearer(&self) -> Result<Arc<Bearer>, Error> {
        self.runtime.run(|now| Authorize::new(now.monotonic + self.timeout))
    }

    fn bearer_instead_of(&self, refused: &Bearer) -> Result<Arc<Bearer>, Error> {
        self.runtime.with_session(|session, now| session.refuse(now, refused));
        self.runtime.run(|now| Authorize::new(now.monotonic + self.timeout).instead_of(refused))
    }

    fn latest(&self, station: Uuid) -> Result<Option<model::Reading>, Error> {
        let config = Arc::clone(self.runtime.config());
        self.runtime.run(|now| LatestReading::new(station, config, now).with_headers(self.headers.clone()))
    }
}

impl<R: Runtime> Deadlines for Embedded<R> {
    fn within(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }
}

impl<R: Runtime> Headers for Embedded<R> {
    fn with_headers(&self, headers: HeaderMap) -> Self {
        let mut all = self.headers.as_deref().cloned().unwrap_or_default();
        all.extend(headers);
        Self { headers: Some(Arc::new(all)), ..self.clone() }
    }
}

impl<R: Runtime> Rotates for Embedded<R> {
    fn set_credentials(&self, credentials: Credentials) {
        self.runtime.with_session(|session, now| session.set_credentials(now, credentials));
    }
}
