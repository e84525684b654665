//! The client.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use http::{HeaderMap, HeaderValue};
use persium_core::plan::{Pages, Plan, Windows};
use persium_core::{
    Authorize, Bearer, Call, Clock, Config, Credentials, Error, LatestReading, Operation, Proxies, Stats,
    api, model,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cancel::Cancel;
use crate::census;
use crate::clock::SystemClock;
use crate::secret::SecretFile;
use crate::shared::Shared;
#[cfg(feature = "bundled-roots")]
use crate::tls::Anchors;
use crate::tls::{self, Identity};
use crate::trace;
use crate::transport::{Http, Pool, Transport};
use crate::walk::Walk;

/// A client of the Persium API. Clones share the token, the connections and the limits.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// What ends its calls.
    cancel: Option<Cancel>,
    /// How long a call may take, where that is not as configured.
    timeout: Option<Duration>,
    /// What its calls' requests carry beside their own.
    headers: Option<Arc<HeaderMap>>,
}

impl Client {
    /// A client with the platform's roots, on the system's clocks.
    ///
    /// # Errors
    ///
    /// Where the environment's proxy cannot be used, or TLS cannot be set up on this machine.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::builder(config).build()
    }

    /// A client to be set up further.
    pub fn builder(config: Config) -> ClientBuilder {
        ClientBuilder::new(config)
    }

    /// A client set up by the environment: `TOKEN_URL`, `API_BASE_URL`, `CLIENT_ID`, and `CLIENT_SECRET` or the path of a
    /// file with it in `CLIENT_SECRET_FILE`, read again before each token request.
    ///
    /// # Errors
    ///
    /// Where a value is missing or cannot be right, by its name, and as [`new`](Self::new).
    pub fn from_env() -> Result<Self, Error> {
        let look_up = |name: &str| std::env::var_os(name);
        let (config, file) = Config::from_lookup_and_files(look_up, |path| std::fs::read_to_string(path))?;
        let builder = Self::builder(config);
        match file {
            Some(file) => builder.secret_file(file).build(),
            None => builder.build(),
        }
    }

    /// The same client, whose calls may take `timeout` in all, waits and retries included.
    ///
    /// ```no_run
    /// # fn run(client: persium_blocking::Client) -> Result<(), persium_blocking::Error> {
    /// use std::time::Duration;
    ///
    /// let me = client.within(Duration::from_secs(5)).me()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self.clone() }
    }

    /// The same client, whose every request to the API has `headers` as well, each page of a walk and each attempt among them:
    /// a `traceparent`, for one. Token requests have none of them.
    ///
    /// Those that this client had before stay, but for names that are given anew. What an operation says of a name itself goes
    /// before what is said here; `Authorization` and `Host` are the client's own, whatever stands there.
    ///
    /// ```no_run
    /// # fn run(client: persium_blocking::Client) -> Result<(), persium_blocking::Error> {
    /// use http::{HeaderMap, HeaderValue};
    ///
    /// let trace = HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    /// let traced = client.with_headers(HeaderMap::from_iter([("traceparent".parse().unwrap(), trace)]));
    /// let stations = traced.stations().collect_all()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_headers(&self, headers: HeaderMap) -> Self {
        let mut all = self.headers.as_deref().cloned().unwrap_or_default();
        all.extend(headers);
        Self { headers: Some(Arc::new(all)), ..self.clone() }
    }

    /// The same client, whose calls end when `cancel` is fired, with an error that
    /// [`is_canceled`](Error::is_canceled). Each request then takes a thread of its own, and is out, one of
    /// [`max_in_flight`](persium_core::Limits::max_in_flight), until it has its answer or its time is over, whether or not
    /// its call was ended before.
    #[must_use]
    pub fn canceled_by(&self, cancel: &Cancel) -> Self {
        Self { cancel: Some(cancel.clone()), ..self.clone() }
    }

    /// Who the API says we are (`GET /me`).
    ///
    /// # Errors
    ///
    /// As every call: see [`call`](Self::call).
    pub fn me(&self) -> Result<model::Me, Error> {
        self.call(api::Me)
    }

    /// The stations of the organisation, page by page (`GET /stations`).
    pub fn stations(&self) -> Walk<Pages<api::Stations>> {
        self.walk(api::stations(self.shared.config.limits()))
    }

    /// One station (`GET /stations/{uuid}`).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) where it does not exist or belongs to another organisation; else as every
    /// call.
    pub fn station(&self, station: Uuid) -> Result<model::Station, Error> {
        self.call(api::Station::new(station))
    }

    /// The sensors of a station (`GET /stations/{uuid}/sensors`).
    ///
    /// # Errors
    ///
    /// As [`station`](Self::station).
    pub fn sensors(&self, station: Uuid) -> Result<Vec<model::Sensor>, Error> {
        self.call(api::Sensors::new(station))
    }

    /// The measurements of a station from `from` to `to`, both counted in, chunk by chunk
    /// (`GET /stations/{uuid}/measurements`).
    pub fn measurements(
        &self,
        station: Uuid,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Walk<Windows<api::Measurements>> {
        self.walk(api::measurements(station, from, to, self.shared.config.limits()))
    }

    /// The latest reading of a station, `None` where there is none (`GET /stations/{uuid}/measurements/latest`).
    ///
    /// # Errors
    ///
    /// As [`station`](Self::station). Whether a station is unknown or has no reading is looked up in the list of stations:
    /// where that cannot be had, or has a row that cannot be read and may be the station's, it is the error of that.
    pub fn latest(&self, station: Uuid) -> Result<Option<model::Reading>, Error> {
        let (config, timeout) = (Arc::clone(&self.shared.config), self.timeout());
        self.shared.call(self.cancel.as_ref(), |now| {
            self.shared.polls.note(now, station);
            LatestReading::new(station, config, now)
                .with_deadline(now.monotonic + timeout)
                .with_headers(self.headers.clone())
        })
    }

    /// Runs one operation: the way to an endpoint that has no method here.
    ///
    /// # Errors
    ///
    /// Whatever ended the call, after the retries that could help; [`Error`]'s predicates tell the classes apart.
    pub fn call<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        let (config, timeout) = (Arc::clone(&self.shared.config), self.timeout());
        self.shared.call(self.cancel.as_ref(), |now| {
            Call::new(operation, config, now)
                .with_deadline(now.monotonic + timeout)
                .with_headers(self.headers.clone())
        })
    }

    /// Walks a plan.
    pub fn walk<P: Plan>(&self, plan: P) -> Walk<P> {
        Walk::new(self.clone(), plan)
    }

    /// The token alone, for a request sent by other means. Take it anew for each request.
    ///
    /// # Errors
    ///
    /// Where the token endpoint refuses or cannot be reached, or the client was closed.
    pub fn bearer(&self) -> Result<Arc<Bearer>, Error> {
        let timeout = self.timeout();
        self.shared.authorize(self.cancel.as_ref(), |now| Authorize::new(now.monotonic + timeout))
    }

    /// A newer token than `refused`, which the API answered with 401.
    ///
    /// # Errors
    ///
    /// As [`bearer`](Self::bearer).
    pub fn bearer_instead_of(&self, refused: &Bearer) -> Result<Arc<Bearer>, Error> {
        self.refuse(refused);
        let timeout = self.timeout();
        let make = |now: persium_core::Now| Authorize::new(now.monotonic + timeout).instead_of(refused);
        self.shared.authorize(self.cancel.as_ref(), make)
    }

    /// Takes note that the API answered a request with `refused` with 401, and asks for no newer one: the next request
    /// gets that.
    pub fn refuse(&self, refused: &Bearer) {
        trace::refused();
        self.shared.with_session(|session, now| session.refuse(now, refused));
    }

    /// Changes the credentials, after a rotation. The token is used for as long as it lives; calls under way go on.
    ///
    /// Where there is a [secret file](ClientBuilder::secret_file) as well, the later word counts: these are used until the
    /// file says something else than it does now.
    pub fn set_credentials(&self, credentials: Credentials) {
        if let Some(file) = &self.shared.secret {
            file.pass_over();
        }
        self.shared.with_session(|session, now| session.set_credentials(now, credentials));
    }

    /// Gets a token and opens a connection to the API, so that the first call waits for neither.
    ///
    /// # Errors
    ///
    /// As [`me`](Self::me), which is what it asks for.
    pub fn warm_up(&self) -> Result<(), Error> {
        self.me().map(drop)
    }

    /// Turns away every call from now on, and whoever wants a token, with an error that
    /// [`is_canceled`](Error::is_canceled), and waits for the requests that are out, for at most `timeout`.
    pub fn close(&self, timeout: Duration) {
        self.shared.close(timeout);
    }

    /// What was done so far. Costs a lock and a few loads.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// What this client was told.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn cancel(&self) -> Option<&Cancel> {
        self.cancel.as_ref()
    }

    fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(self.shared.config.limits().call_timeout)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

/// Sets up a [`Client`].
pub struct ClientBuilder {
    config: Config,
    identity: Result<Identity, Error>,
    proxies: Result<Proxies, Error>,
    user_agent: Result<HeaderValue, Error>,
    pool: Pool,
    transport: Option<Arc<dyn Transport>>,
    secret: Option<SecretFile>,
    clock: Arc<dyn Clock>,
    seed: Option<u64>,
}

impl ClientBuilder {
    fn new(config: Config) -> Self {
        Self {
            pool: Pool { idle_timeout: Duration::from_secs(60), max_idle: config.limits().max_in_flight },
            config,
            identity: Ok(Identity::default()),
            proxies: Ok(Proxies::from_lookup(|name| std::env::var_os(name))),
            user_agent: Ok(HeaderValue::from_static(concat!("persium-blocking/", env!("CARGO_PKG_VERSION")))),
            transport: None,
            secret: None,
            clock: Arc::new(SystemClock::default()),
            seed: None,
        }
    }

    /// Trusts the CAs that Mozilla does, compiled in, in place of the platform's: for an image that has none of its own.
    /// With the feature `bundled-roots`.
    #[cfg(feature = "bundled-roots")]
    #[must_use]
    pub fn bundled_roots(mut self) -> Self {
        self.identity = self.identity.map(|identity| Identity { anchors: Anchors::Bundled, ..identity });
        self
    }

    /// Trusts the CA certificates of a PEM text, beside the platform's.
    #[must_use]
    pub fn ca_certificate_pem(mut self, pem: &[u8]) -> Self {
        self.identity = self.identity.and_then(|mut identity| {
            identity.roots.extend(tls::certificates("the CA certificate", pem)?);
            Ok(identity)
        });
        self
    }

    /// Shows a certificate of our own to servers that ask for one: the PEM text of the certificate and its chain, and
    /// that of its key.
    #[must_use]
    pub fn client_certificate_pem(mut self, chain: &[u8], key: &[u8]) -> Self {
        self.identity = self.identity.and_then(|mut identity| {
            let chain = tls::certificates("the client certificate", chain)?;
            identity.own = Some((chain, tls::private_key(key)?));
            Ok(identity)
        });
        self
    }

    /// Goes through a proxy, `http://host:port`, credentials before an `@`, but for the hosts in `no_proxy`: see
    /// [`Proxies::given`].
    ///
    /// Without this, the environment's `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are kept to: see
    /// [`Proxies::from_lookup`].
    #[must_use]
    pub fn proxy(mut self, url: &str, no_proxy: &str) -> Self {
        self.proxies = Proxies::given(url, no_proxy);
        self
    }

    /// Goes through no proxy, whatever the environment says.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.proxies = Ok(Proxies::direct());
        self
    }

    /// Puts `product` before our own name in the `User-Agent` (RFC 9110 section 10.1.5), as in `"billing/2.1"`.
    #[must_use]
    pub fn user_agent(mut self, product: &str) -> Self {
        let value = format!("{product} persium-blocking/{}", env!("CARGO_PKG_VERSION"));
        self.user_agent = HeaderValue::try_from(value)
            .map_err(|_| Error::config("the user agent", "holds control characters"));
        self
    }

    /// How long an idle connection is kept. 60 s.
    #[must_use]
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.pool.idle_timeout = timeout;
        self
    }

    /// How many idle connections are kept for each host. As many as requests may be in flight.
    #[must_use]
    pub fn pool_max_idle(mut self, connections: usize) -> Self {
        self.pool.max_idle = connections;
        self
    }

    /// Sends by other means than ureq's client. What is set here for TLS, pool and user agent is then without effect.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Reads the secret from a file, less one line ending, before each token request and after each refusal, so that a
    /// rotated secret is used as soon as it lies there. While the file cannot be read, the last one is used.
    #[must_use]
    pub fn secret_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.secret = Some(SecretFile::new(path.into()));
        self
    }

    /// Goes by another clock: a test's. Timeouts of sockets stay in real time.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Fixes the jitter of retries and renewals, for a test. Otherwise each client draws its own.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Where a certificate, the proxy or the user agent cannot be used, or TLS cannot be set up on this machine.
    pub fn build(self) -> Result<Client, Error> {
        let (identity, proxies, user_agent) = (self.identity?, self.proxies?, self.user_agent?);
        let transport = match self.transport {
            Some(transport) => transport,
            None => {
                let origins = [self.config.token_url(), self.config.api_base_url()];
                for origin in origins {
                    proxies.to(origin)?;
                }
                // Reading the platform's roots takes its time, and a client of plain loopback needs none.
                let needs_tls = origins.iter().any(|origin| origin.scheme() == Some(&Scheme::HTTPS));
                let tls = needs_tls.then(|| tls::client_config(identity, &["http/1.1"])).transpose()?;
                let limit = self.config.limits().connect_timeout;
                Arc::new(Http::new(proxies, tls, limit, &self.pool, user_agent))
            }
        };
        let seed = self.seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        let shared = Shared::new(Arc::new(self.config), self.clock, transport, self.secret, seed);
        let shared = Arc::new(shared);
        census::join(&shared);
        Ok(Client { shared, cancel: None, timeout: None, headers: None })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
