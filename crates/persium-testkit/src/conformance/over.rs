//! The same scenarios over another way.

use std::marker::PhantomData;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::HeaderMap;
use persium_core::plan::Plan;
use persium_core::{Bearer, Config, Credentials, Error, Operation, Stats, model};
use uuid::Uuid;

use super::proxy::Proxy;
use super::{Closes, Counts, Deadlines, Driver, Headers, Rotates, Setup};
use crate::KitBuilder;

/// A driver whose every scenario goes over a way of its own: `suite!(Over<Mine, Tls>)`.
pub struct Over<D, W> {
    driver: D,
    way: PhantomData<fn() -> W>,
}

/// How a client and its servers are joined.
pub trait Way: 'static {
    /// The kit, on this way.
    fn kit(kit: KitBuilder) -> KitBuilder {
        kit
    }

    /// The client's set-up, on this way.
    #[must_use]
    fn setup(setup: Setup) -> Setup {
        setup
    }
}

/// TLS, HTTP/1.1.
pub struct Tls;

/// TLS, HTTP/2 for clients that speak it.
pub struct Http2;

/// Another way, through a proxy that wants credentials.
pub struct Proxied<W = Plain>(PhantomData<W>);

/// HTTP/1.1 without TLS: what a driver's scenarios go over unless told otherwise.
pub struct Plain;

impl Way for Plain {}

impl Way for Tls {
    fn kit(kit: KitBuilder) -> KitBuilder {
        kit.tls()
    }
}

impl Way for Http2 {
    fn kit(kit: KitBuilder) -> KitBuilder {
        kit.http2()
    }
}

impl<W: Way> Way for Proxied<W> {
    fn kit(kit: KitBuilder) -> KitBuilder {
        W::kit(kit)
    }

    fn setup(setup: Setup) -> Setup {
        static PROXY: LazyLock<Proxy> = LazyLock::new(Proxy::start);
        let setup = W::setup(setup);
        // A scenario about proxies has its own.
        Setup { proxy: setup.proxy.or_else(|| Some(PROXY.url())), ..setup }
    }
}

impl<D: Clone, W> Clone for Over<D, W> {
    fn clone(&self) -> Self {
        Self::of(self.driver.clone())
    }
}

impl<D, W> Over<D, W> {
    fn of(driver: D) -> Self {
        Self { driver, way: PhantomData }
    }
}

impl<D: Driver, W: Way> Driver for Over<D, W> {
    const HERD: usize = D::HERD;

    fn kit() -> KitBuilder {
        W::kit(D::kit())
    }

    fn connect(config: Config, setup: Setup) -> Result<Self, Error> {
        D::connect(config, W::setup(setup)).map(Self::of)
    }

    fn call<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        self.driver.call(operation)
    }

    fn bearer(&self) -> Result<Arc<Bearer>, Error> {
        self.driver.bearer()
    }

    fn bearer_instead_of(&self, refused: &Bearer) -> Result<Arc<Bearer>, Error> {
        self.driver.bearer_instead_of(refused)
    }

    fn latest(&self, station: Uuid) -> Result<Option<model::Reading>, Error> {
        self.driver.latest(station)
    }

    fn herd(&self, callers: usize, refused: Option<Arc<Bearer>>) -> Vec<Result<Arc<Bearer>, Error>> {
        self.driver.herd(callers, refused)
    }

    fn walk<P>(&self, plan: P, mend: impl FnMut() -> bool) -> Vec<Result<P::Item, Error>>
    where
        P: Plan + Unpin,
        P::Item: Unpin,
        P::Operation: Send + 'static,
        <P::Operation as Operation>::Output: Send + 'static,
    {
        self.driver.walk(plan, mend)
    }
}

impl<D: Deadlines, W: Way> Deadlines for Over<D, W> {
    fn within(&self, timeout: Duration) -> Self {
        Self::of(self.driver.within(timeout))
    }
}

impl<D: Headers, W: Way> Headers for Over<D, W> {
    fn with_headers(&self, headers: HeaderMap) -> Self {
        Self::of(self.driver.with_headers(headers))
    }
}

impl<D: Counts, W: Way> Counts for Over<D, W> {
    fn stats(&self) -> Stats {
        self.driver.stats()
    }
}

impl<D: Closes, W: Way> Closes for Over<D, W> {
    fn close(&self, timeout: Duration) {
        self.driver.close(timeout);
    }
}

impl<D: Rotates, W: Way> Rotates for Over<D, W> {
    fn set_credentials(&self, credentials: Credentials) {
        self.driver.set_credentials(credentials);
    }
}
