//! The handle of a running fake.

mod builder;
mod checks;
mod levers;

pub use builder::KitBuilder;

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::api::BASE;
use crate::journal::Journal;
use crate::keycloak::Realm;
use crate::ledger::{Token, TokenLedger};
use crate::route::Route;
use crate::serve::{Door, Identity};
use crate::shared::Shared;
use crate::world::World;

/// The id of the client that every kit has, unless the builder says otherwise.
pub const CLIENT_ID: &str = "acme-corp-backend";

/// The secret of that client. Published, so worth nothing; long and odd enough to be found in any output it leaks to.
pub const CLIENT_SECRET: &str = "persium-testkit-client-secret-0b5e7d3c";

/// A running fake Persium. Dropping it closes its listener and every connection, and panics where a client broke one
/// of the [invariants](crate::Invariant), unless the thread is panicking already.
///
/// It can be shared among threads and tasks by reference or [`Arc`].
///
/// ```
/// use persium_testkit::Kit;
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
///
/// let kit = Kit::start();
/// let (origin, path) = kit.api_base_url().split_at("http://".len() + kit.authority().len());
/// # assert!(origin.ends_with(kit.authority()));
/// let mut stream = TcpStream::connect(kit.authority())?;
/// write!(stream, "GET {path}/me HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", kit.authority())?;
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.1 401"), "nobody gets in without a token");
/// assert_eq!((kit.token_requests(), kit.api_requests()), (0, 1));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Kit {
    pub(crate) shared: Arc<Shared>,
    place: Place,
    world: World,
    client: (String, String),
    ca_pem: Option<String>,
    identity: Option<Identity>,
    /// Whether it can be reached now.
    door: watch::Sender<Door>,
    /// The kit's own thread, unless it runs on the caller's runtime.
    thread: Option<JoinHandle<()>>,
}

/// Where a kit is.
struct Place {
    authority: String,
    token_url: String,
    api_base_url: String,
}

impl Place {
    fn new(is_tls: bool, authority: String, realm: &Realm) -> Self {
        let origin = format!("{}://{authority}", if is_tls { "https" } else { "http" });
        let token_url = format!("{origin}/realms/{}/protocol/openid-connect/token", realm.path_name());
        Self { authority, token_url, api_base_url: format!("{origin}{BASE}") }
    }
}

impl Kit {
    /// Starts a kit of the default world on a thread of its own. It is ready when this returns.
    ///
    /// # Panics
    /// Where no socket or thread is to be had.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Starts a kit on the tokio runtime of the caller. It is ready when this returns.
    ///
    /// # Panics
    /// Where no socket is to be had.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// # runtime.block_on(async {
    /// let kit = persium_testkit::Kit::spawn().await;
    /// assert!(kit.token_url().starts_with("http://127."));
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn spawn() -> Self {
        Self::builder().spawn().await
    }

    /// A kit to be told more before it starts.
    pub fn builder() -> KitBuilder {
        KitBuilder::default()
    }

    /// `TOKEN_URL`: the token endpoint of the realm `persium`.
    #[must_use]
    pub fn token_url(&self) -> &str {
        &self.place.token_url
    }

    /// `API_BASE_URL`, without a slash at its end.
    #[must_use]
    pub fn api_base_url(&self) -> &str {
        &self.place.api_base_url
    }

    /// `CLIENT_ID`: a client that works.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client.0
    }

    /// `CLIENT_SECRET`: that client's secret.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.client.1
    }

    /// Address and port, as they stand in the URLs.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.place.authority
    }

    /// The certificate of the authority that the kit's own was signed by, in PEM; `None` without TLS.
    #[must_use]
    pub fn ca_certificate_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// A certificate that a client may show, and its key, in PEM; `None` where the kit
    /// [demands](KitBuilder::demand_client_certificate) none.
    #[must_use]
    pub fn client_certificate_pem(&self) -> Option<(&str, &str)> {
        self.identity.as_ref().map(|Identity { certificate, key }| (certificate.as_str(), key.as_str()))
    }

    /// The environment that points a Persium client here, as names and values.
    ///
    /// Among them, for a kit without TLS, the client's opt-in to plain HTTP on the loopback.
    ///
    /// ```
    /// let kit = persium_testkit::Kit::start();
    /// let names: Vec<_> = kit.exports().into_iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["TOKEN_URL", "API_BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "PERSIUM_ALLOW_LOOPBACK_HTTP"]);
    /// ```
    #[must_use]
    pub fn exports(&self) -> Vec<(String, String)> {
        let mut exports = vec![
            ("TOKEN_URL", self.token_url()),
            ("API_BASE_URL", self.api_base_url()),
            ("CLIENT_ID", self.client_id()),
            ("CLIENT_SECRET", self.client_secret()),
        ];
        if self.ca_pem.is_none() {
            exports.push(("PERSIUM_ALLOW_LOOPBACK_HTTP", "1"));
        }
        exports.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// One of the [`exports`](Self::exports) by its name: what a client's configuration may be looked up in.
    ///
    /// ```
    /// let kit = persium_testkit::Kit::start();
    /// assert_eq!(kit.lookup("CLIENT_ID").as_deref(), Some(kit.client_id()));
    /// assert_eq!(kit.lookup("SCOPE"), None);
    /// ```
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.exports().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The world as it was when the kit started.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// How many requests came to the token endpoint, answered well or not.
    #[must_use]
    pub fn token_requests(&self) -> u64 {
        self.requests(Route::Token)
    }

    /// How many requests came to the API, answered well or not.
    #[must_use]
    pub fn api_requests(&self) -> u64 {
        Route::API.into_iter().map(|route| self.requests(route)).sum()
    }

    /// How many requests of one route came.
    #[must_use]
    pub fn requests(&self, route: Route) -> u64 {
        self.shared.logic().requests(route)
    }

    /// Every token that went out so far, earliest first.
    #[must_use]
    pub fn tokens(&self) -> Vec<Token> {
        let now = self.shared.now();
        self.shared.logic().tokens(now)
    }

    /// The tokens and the requests for them, with assertions.
    #[must_use]
    pub fn ledger(&self) -> TokenLedger {
        let now = self.shared.now();
        let logic = self.shared.logic();
        TokenLedger {
            tokens: logic.tokens(now),
            requests: logic.requests(Route::Token),
            most_at_once: logic.audit.most_fetches_at_once(),
        }
    }

    /// Every request so far and its answer, redacted.
    #[must_use]
    pub fn journal(&self) -> Journal {
        let logic = self.shared.logic();
        logic.journal.with_seed(logic.faults.seed())
    }

    /// How many connections were accepted so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.accepted()
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        let (violations, seed) = (self.violations(), self.chaos_seed());
        self.shut(Door::Gone);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so on stderr; dropping must not panic on top.
            let _ = thread.join();
        }
        checks::complain(&violations, seed);
    }
}

/// Says where it is, not what its secret is.
impl fmt::Debug for Kit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kit")
            .field("token_url", &self.token_url())
            .field("api_base_url", &self.api_base_url())
            .field("client_id", &self.client_id())
            .finish_non_exhaustive()
    }
}
