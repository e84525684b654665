//! What the suite needs of an adapter.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http::HeaderMap;
use persium_core::plan::{Plan, Stride, Walk};
use persium_core::{Bearer, Clock, Config, Credentials, Error, Limits, Operation, Stats, model};
use uuid::Uuid;

use crate::clock::PATIENCE;
use crate::{Kit, KitBuilder, VirtualClock};

/// An adapter under test: what every embedding of the core can do. Its calls block, whatever it does within, and its
/// clones are one client.
pub trait Driver: Clone + Send + Sync + 'static {
    /// How many callers a herd has: as many as may well come at once.
    const HERD: usize = 500;

    /// What a scenario's kit is made of. [`Over`](super::Over) another way it serves in another.
    fn kit() -> KitBuilder {
        Kit::builder()
    }

    /// A client.
    ///
    /// # Errors
    ///
    /// As the adapter's builder.
    fn connect(config: Config, setup: Setup) -> Result<Self, Error>;

    /// Runs one operation, a [`Call`](persium_core::Call).
    ///
    /// # Errors
    ///
    /// As the adapter.
    fn call<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static;

    /// The token alone, an [`Authorize`](persium_core::Authorize).
    ///
    /// # Errors
    ///
    /// As the adapter.
    fn bearer(&self) -> Result<Arc<Bearer>, Error>;

    /// A newer token than one that was [refused](persium_core::Session::refuse).
    ///
    /// # Errors
    ///
    /// As the adapter.
    fn bearer_instead_of(&self, refused: &Bearer) -> Result<Arc<Bearer>, Error>;

    /// The [`LatestReading`](persium_core::LatestReading).
    ///
    /// # Errors
    ///
    /// As the adapter.
    fn latest(&self, station: Uuid) -> Result<Option<model::Reading>, Error>;

    /// The outcomes of as many callers at once, each for the token, or for a newer one than `refused`.
    ///
    /// Unless told otherwise, each on a thread of its own. Who has something lighter has more callers by it.
    fn herd(&self, callers: usize, refused: Option<Arc<Bearer>>) -> Vec<Result<Arc<Bearer>, Error>> {
        at_once(self, callers, move |driver| match &refused {
            Some(refused) => driver.bearer_instead_of(refused),
            None => driver.bearer(),
        })
    }

    /// Walks to the end; each time that is after an error, runs `mend` and goes on while that says so.
    ///
    /// Unless told otherwise, the core's [`Walk`] over [`call`](Self::call). An adapter with streams or iterators of its
    /// own has them proven instead.
    fn walk<P>(&self, plan: P, mut mend: impl FnMut() -> bool) -> Vec<Result<P::Item, Error>>
    where
        P: Plan + Unpin,
        P::Item: Unpin,
        P::Operation: Send + 'static,
        <P::Operation as Operation>::Output: Send + 'static,
    {
        let (mut walk, mut items) = (Walk::new(plan), Vec::new());
        loop {
            match walk.poll() {
                Stride::Run(operation) => walk.handle_outcome(self.call(operation)),
                Stride::Item(item) => items.push(item),
                Stride::End if items.last().is_some_and(Result::is_err) && mend() => walk.resume(),
                Stride::End => return items,
            }
        }
    }
}

/// A driver whose calls may be given a deadline of their own.
pub trait Deadlines: Driver {
    /// The same client, whose calls may take `timeout`.
    #[must_use]
    fn within(&self, timeout: Duration) -> Self;
}

/// A driver whose calls may be given headers of their own.
pub trait Headers: Driver {
    /// The same client, whose requests to the API have `headers` as well.
    #[must_use]
    fn with_headers(&self, headers: HeaderMap) -> Self;
}

/// A driver that counts what it does.
pub trait Counts: Driver {
    /// What was done so far.
    fn stats(&self) -> Stats;
}

/// A driver that can be closed.
pub trait Closes: Driver {
    /// Waits for what is out, and turns the rest away.
    fn close(&self, timeout: Duration);
}

/// A driver whose credentials can be changed while it runs.
pub trait Rotates: Driver {
    /// Changes the credentials.
    fn set_credentials(&self, credentials: Credentials);
}

/// How a client is set up beside its configuration.
///
/// Every driver keeps to `clock`. What else a driver cannot do, it ignores here and its suite says `without`.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Setup {
    /// A CA to trust, in PEM, for `tls`.
    pub ca_pem: Option<String>,
    /// A certificate to show and its key, in PEM, for `client_certificates`.
    pub identity_pem: Option<(String, String)>,
    /// The clock to go by; the system's where there is none.
    pub clock: Option<Arc<dyn Clock>>,
    /// The proxy to go through, for `proxies`.
    pub proxy: Option<String>,
    /// The file to read the secret from, for `secret_files`.
    pub secret_file: Option<PathBuf>,
}

impl Setup {
    /// For a kit: its CA, where it has one, and the certificate that it demands.
    #[must_use]
    pub fn of(kit: &Kit) -> Self {
        Self {
            ca_pem: kit.ca_certificate_pem().map(str::to_owned),
            identity_pem: kit.client_certificate_pem().map(|(chain, key)| (chain.to_owned(), key.to_owned())),
            ..Self::default()
        }
    }

    /// By a virtual clock.
    #[must_use]
    pub fn with_clock(self, clock: &VirtualClock) -> Self {
        Self { clock: Some(Arc::new(clock.clone())), ..self }
    }
}

/// What the kit hands out, as a configuration.
#[must_use]
pub fn config(kit: &Kit) -> Config {
    config_with(kit, |_| None)
}

/// The same with some values changed.
///
/// # Panics
///
/// Where the changed values are refused.
#[must_use]
pub fn config_with(kit: &Kit, changed: impl Fn(&str) -> Option<&'static str>) -> Config {
    let look_up = |name: &str| changed(name).map(str::to_owned).or_else(|| kit.lookup(name));
    Config::from_lookup(look_up).expect("what the kit hands out can be used")
}

/// The same by other limits than the defaults.
///
/// # Panics
///
/// Where the limits are refused.
#[must_use]
pub fn config_by(kit: &Kit, limits: Limits) -> Config {
    let config = Config::builder()
        .token_url(kit.token_url())
        .api_base_url(kit.api_base_url())
        .client_id(kit.client_id())
        .client_secret(kit.client_secret())
        .allow_loopback_http()
        .limits(limits);
    config.build().expect("the kit's values, and limits that fit each other")
}

/// A client of the kit.
///
/// # Panics
///
/// Where it cannot be made.
#[must_use]
pub fn client<D: Driver>(kit: &Kit) -> D {
    D::connect(config(kit), Setup::of(kit)).expect("a client of the kit can be made")
}

/// The same by a virtual clock, with as long as its calls need on a socket.
///
/// # Panics
///
/// Where it cannot be made.
#[must_use]
pub fn client_in_virtual_time<D: Driver>(kit: &Kit, clock: &VirtualClock) -> D {
    let unhurried = unhurried();
    let mut limits = Limits::default();
    (limits.connect_timeout, limits.attempt_timeout) = (unhurried.connect_timeout, unhurried.attempt_timeout);
    client_by(kit, clock, limits)
}

/// The same by other limits than the defaults.
pub(super) fn client_by<D: Driver>(kit: &Kit, clock: &VirtualClock, limits: Limits) -> D {
    let setup = Setup::of(kit).with_clock(clock);
    D::connect(config_by(kit, limits), setup).expect("a client of the kit can be made")
}

/// Limits by which what is done on a socket has as long as it needs.
///
/// Those are kept by real time, whatever a client's clock: on a busy machine an attempt that ran into its limit would be made
/// again after a pause, which does not end by itself where time is virtual, or be a request more than was counted on.
pub(super) fn unhurried() -> Limits {
    let second = Duration::from_secs(1);
    let mut limits = Limits::default();
    (limits.connect_timeout, limits.attempt_timeout) = (second * 600, second * 600);
    (limits.token_timeout, limits.token_lease) = (second * 600, second * 900);
    limits
}

/// A time in which a request comes as far as the server, by a socket's clock, which is real: twenty times what a whole one takes
/// on this machine at this moment, and no less than leaves a herd's threads time to begin.
pub(super) fn long_enough<D: Driver>() -> Duration {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    let begun = Instant::now();
    client.bearer().expect("a token");
    (begun.elapsed() * 20).max(Duration::from_secs(2))
}

/// The same work on `count` threads at once, by clones of one client.
///
/// # Panics
///
/// Where one of them does.
pub fn at_once<D: Driver, T: Send + 'static>(
    driver: &D,
    count: usize,
    work: impl Fn(&D) -> T + Clone + Send + 'static,
) -> Vec<T> {
    let threads: Vec<_> = (0..count)
        .map(|_| {
            let (driver, work) = (driver.clone(), work.clone());
            thread::spawn(move || work(&driver))
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().expect("the work does not panic")).collect()
}

/// Lets other threads run until `condition` holds.
///
/// It is asked every 100 us, and not without a pause: a condition that takes a lock would hold it nearly all the time, and
/// the thread that is waited for might never get it.
///
/// # Panics
///
/// After two minutes of real time.
#[track_caller]
pub fn until(mut condition: impl FnMut() -> bool) {
    const PAUSE: Duration = Duration::from_micros(100);
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "what was waited for does not come");
        thread::sleep(PAUSE);
    }
}

/// Moves time on whenever somebody waits for a time that is near, until the work on another thread is done; its result.
///
/// Near is a pause before another attempt. Who waits for an answer on a real socket holds an alarm too, for the end of a
/// lease or a deadline: time stands still for those.
///
/// # Panics
///
/// Where the work does, and as [`until`].
#[track_caller]
pub fn until_done<T>(clock: &VirtualClock, work: JoinHandle<T>) -> T {
    const NEAR: Duration = Duration::from_secs(6);
    until(|| {
        let now = clock.now().monotonic;
        if let Some(at) = clock.waiting().into_iter().min().filter(|at| *at <= now + NEAR) {
            clock.advance(at.since(now));
        }
        work.is_finished()
    });
    work.join().expect("the work does not panic")
}
