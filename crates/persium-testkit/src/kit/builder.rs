//! How a kit comes to be.

use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::watch;

use super::{CLIENT_ID, CLIENT_SECRET, Kit, Place};
use crate::audit::Invariant;
use crate::clock::{SystemClock, VirtualClock};
use crate::fault::Chaos;
use crate::keycloak::{Profile, Realm, RealmClient, RealmFile};
use crate::keys::TrustedKeys;
use crate::logic::Logic;
use crate::serve::{self, Address, Demand, Door, Tls};
use crate::shared::{Shared, Time};
use crate::world::{REALM, World};

/// What a kit is to be, before it starts.
#[derive(Debug)]
#[must_use = "a kit serves once `start` or `spawn` was called"]
pub struct KitBuilder {
    seed: u64,
    is_tls: bool,
    has_http2: bool,
    demand: Demand,
    address: Address,
    clock: Option<VirtualClock>,
    token_lifetime: Option<Duration>,
    world: Option<World>,
    realms: Vec<Realm>,
    /// Realms of files: where there are any, they are all there are.
    imported: Vec<Realm>,
    profile: Profile,
    trusted: Vec<(String, TrustedKeys)>,
    client: RealmClient,
    others: Vec<(RealmClient, usize)>,
    chaos: Option<Chaos>,
    allowed: Vec<Invariant>,
}

impl Default for KitBuilder {
    fn default() -> Self {
        Self {
            seed: 1,
            is_tls: false,
            has_http2: false,
            demand: Demand::default(),
            address: Address::default(),
            clock: None,
            token_lifetime: None,
            world: None,
            realms: Vec::new(),
            imported: Vec::new(),
            profile: Profile::default(),
            trusted: Vec::new(),
            client: RealmClient::new(CLIENT_ID, CLIENT_SECRET),
            others: Vec::new(),
            chaos: None,
            allowed: Vec::new(),
        }
    }
}

/// A server that has its socket and not yet its thread.
struct Prepared {
    kit: Kit,
    door: watch::Receiver<Door>,
}

impl KitBuilder {
    /// The seed of the default world. 1 unless told otherwise.
    ///
    /// ```
    /// use persium_testkit::Kit;
    ///
    /// let station = |seed| Kit::builder().seed(seed).start().world().organisations()[0].stations()[0].uuid();
    /// assert_eq!(station(7), station(7));
    /// assert_ne!(station(7), station(8));
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Serves HTTPS, with a certificate of [`Kit::ca_certificate_pem`]'s authority for 127.0.0.1, localhost and the
    /// kit's own address.
    pub fn tls(mut self) -> Self {
        self.is_tls = true;
        self
    }

    /// Serves HTTPS, and offers HTTP/2 beside HTTP/1.1.
    ///
    /// ```
    /// let kit = persium_testkit::Kit::builder().http2().start();
    /// assert!(kit.token_url().starts_with("https://"));
    /// assert!(kit.ca_certificate_pem().is_some());
    /// ```
    pub fn http2(mut self) -> Self {
        (self.is_tls, self.has_http2) = (true, true);
        self
    }

    /// Serves HTTPS to those alone who show a certificate of the kit's authority, such as
    /// [`Kit::client_certificate_pem`].
    ///
    /// ```
    /// let kit = persium_testkit::Kit::builder().demand_client_certificate().start();
    /// let (certificate, key) = kit.client_certificate_pem().expect("one is demanded");
    /// assert!(certificate.contains("BEGIN CERTIFICATE") && key.contains("BEGIN PRIVATE KEY"));
    /// ```
    pub fn demand_client_certificate(mut self) -> Self {
        (self.is_tls, self.demand) = (true, Demand::Certificate);
        self
    }

    /// Lets a seed hand out faults: see [`Chaos`].
    pub fn chaos(mut self, chaos: Chaos) -> Self {
        self.chaos = Some(chaos);
        self
    }

    /// Switches one of the invariants off.
    ///
    /// ```
    /// use persium_testkit::{Fault, Invariant, Kit, Route};
    ///
    /// let kit = Kit::builder().allow(Invariant::EveryFaultFires).start();
    /// kit.plan(Route::Me, &Fault::garbage(), 1);
    /// kit.verify(); // that no request met it is no breach
    /// ```
    pub fn allow(mut self, invariant: Invariant) -> Self {
        self.allowed.push(invariant);
        self
    }

    /// Switches all of the invariants off: for a server that anybody may talk to, in whatever way.
    ///
    /// ```
    /// let kit = persium_testkit::Kit::builder().unchecked().start();
    /// kit.verify();
    /// ```
    pub fn unchecked(mut self) -> Self {
        self.allowed.extend(Invariant::ALL);
        self
    }

    /// Listens on that port of 127.0.0.1, or of [`address`](Self::address); 0 is any that is free.
    ///
    /// ```
    /// let kit = persium_testkit::Kit::builder().port(0).start();
    /// assert!(kit.token_url().starts_with("http://127.0.0.1:"));
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.address.port = Some(port);
        self
    }

    /// Listens on that address. Unless told otherwise a kit has a loopback address of its own on Linux, and
    /// 127.0.0.1 with a port of its own elsewhere.
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address.ip = Some(address);
        self
    }

    /// Lives by that clock instead of the system's.
    pub fn clock(mut self, clock: &VirtualClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// How long the tokens of the realm `persium` live, in whole seconds; 300 unless told otherwise.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    /// use std::time::Duration;
    ///
    /// // Keycloak hands out such tokens, and a client that keeps a margin of 30 s would fetch one for each call.
    /// let kit = Kit::builder().token_lifetime(Duration::from_secs(20)).start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// (0..20).try_for_each(|_| client.me().map(drop))?;
    /// kit.ledger().assert_one_fetch_for(20);
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = Some(lifetime);
        self
    }

    /// Serves that world instead of [`World::from_seed`]'s.
    pub fn world(mut self, world: World) -> Self {
        self.world = Some(world);
        self
    }

    /// Adds a realm to Keycloak, or replaces the one of that name.
    pub fn realm(mut self, realm: Realm) -> Self {
        self.realms.push(realm);
        self
    }

    /// Imports the realms of a file, as `kc.sh start-dev --import-realm` does. The kit then has no realm of its own; its
    /// client is the first of these realms that gets a token by id and secret, or, where none does,
    /// [`CLIENT_ID`] in the first of them. Clients with service accounts are registered with the world's first organisation.
    pub fn import(mut self, file: RealmFile) -> Self {
        self.imported.extend(file.realms().iter().cloned());
        self
    }

    /// Behaves as that release of Keycloak, or as that other server.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The id and secret of the kit's client, in place of [`CLIENT_ID`] and [`CLIENT_SECRET`]. It belongs to the
    /// world's first organisation.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::builder().client("Straßenlärm", "p@ss w/ord+plus%25").start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// assert_eq!(client.me()?.client_id, "Straßenlärm");
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = RealmClient::new(id, secret);
        self
    }

    /// One more client of the realm `persium`, registered for the world's organisation at that place.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::{Kit, RealmClient};
    ///
    /// let borough = RealmClient::new("borough", "its-secret");
    /// let kit = Kit::builder().other_client(borough, 1).start();
    /// let client = Client::new(Config::from_lookup(|name| match name {
    ///     "CLIENT_ID" => Some("borough".to_owned()),
    ///     "CLIENT_SECRET" => Some("its-secret".to_owned()),
    ///     name => kit.lookup(name),
    /// })?)?;
    /// assert_eq!(client.stations().collect_all()?.len(), kit.world().organisations()[1].stations().len());
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn other_client(mut self, client: RealmClient, organisation: usize) -> Self {
        self.others.push((client, organisation));
        self
    }

    /// The API also takes the tokens of another issuer, whose key set (the JSON text of `…/certs`) is given. Nothing
    /// is fetched. This is how a real Keycloak takes part.
    ///
    /// The tokens' clients have to be registered all the same: see [`client`](Self::client).
    ///
    /// # Panics
    /// Where the text is no JSON Web Key Set with an RSA key for signatures.
    ///
    /// ```should_panic
    /// persium_testkit::Kit::builder().trust("https://sso.example/realms/persium", "{}");
    /// ```
    pub fn trust(mut self, issuer: impl Into<String>, jwks: &str) -> Self {
        let keys = TrustedKeys::from_document(jwks).unwrap_or_else(|reason| panic!("{reason}"));
        self.trusted.push((issuer.into(), keys));
        self
    }

    /// Starts it on a thread of its own. It is ready when this returns.
    ///
    /// # Panics
    /// Where the port is taken, or no thread is to be had.
    #[must_use]
    pub fn start(self) -> Kit {
        let Prepared { mut kit, door } = self.prepare();
        let shared = Arc::clone(&kit.shared);
        let run = move || {
            let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build();
            let runtime = runtime.expect("the system has descriptors for one more event loop");
            runtime.block_on(serve::serve(shared, door));
        };
        let thread = thread::Builder::new().name("persium-testkit".into()).spawn(run);
        kit.thread = Some(thread.expect("the system has room for one more thread"));
        kit
    }

    /// Starts it on the caller's tokio runtime, which needs I/O and time enabled. It is ready when this returns.
    ///
    /// # Panics
    /// Where the port is taken.
    pub async fn spawn(self) -> Kit {
        let Prepared { kit, door } = self.prepare();
        tokio::spawn(serve::serve(Arc::clone(&kit.shared), door));
        kit
    }

    fn prepare(self) -> Prepared {
        let listener =
            self.address.listen().unwrap_or_else(|error| panic!("no socket to listen on: {error}"));
        let address = listener.local_addr().expect("a socket that listens has an address");
        let tls = self.is_tls.then(|| Tls::new(address.ip(), self.has_http2, self.demand));
        let time = match &self.clock {
            None => Time::System(SystemClock::new()),
            Some(clock) => Time::Virtual(clock.clone()),
        };
        let (profile, trusted) = (self.profile, self.trusted.clone());
        let (is_tls, chaos, allowed) = (self.is_tls, self.chaos.clone(), self.allowed.clone());
        let (world, realm, client) = self.into_world();
        let mut logic = Logic::new(time.now(), world.clone(), profile, realm.name().to_owned(), trusted);
        let scheme = if is_tls { "https" } else { "http" };
        logic.set_origins(vec![
            format!("{scheme}://{address}"),
            format!("{scheme}://127.0.0.1:{}", address.port()),
            format!("{scheme}://localhost:{}", address.port()),
        ]);
        logic.faults.set_chaos(chaos);
        allowed.into_iter().for_each(|invariant| logic.audit.allow(invariant));
        let (sender, door) = watch::channel(Door::Open(Arc::new(listener)));
        let kit = Kit {
            ca_pem: tls.as_ref().map(|tls| tls.ca_pem().to_owned()),
            identity: tls.as_ref().and_then(Tls::client).cloned(),
            shared: Arc::new(Shared::new(time, logic, tls)),
            place: Place::new(is_tls, address.to_string(), &realm),
            world,
            client,
            door: sender,
            thread: None,
        };
        Prepared { kit, door }
    }

    /// The world with the kit's realms and clients in it; the realm and the id and secret that the kit goes by.
    fn into_world(self) -> (World, Realm, (String, String)) {
        let mut world = self.world.unwrap_or_else(|| World::from_seed(self.seed));
        if !self.imported.is_empty() {
            return import(world, self.imported, self.client);
        }
        for realm in self.realms {
            world = world.realm(realm);
        }
        let client = self.client.credentials();
        let clients = std::iter::once((self.client, 0)).chain(self.others);
        for (client, organisation) in clients {
            if organisation < world.organisations.len() {
                world = world.register(client.id.clone(), organisation);
            }
            if let Some(realm) = world.realm_mut(REALM) {
                realm.add(client);
            }
        }
        if let (Some(lifetime), Some(realm)) = (self.token_lifetime, world.realm_mut(REALM)) {
            realm.token_lifetime = lifetime;
        }
        (world, Realm::new(REALM), client)
    }
}

/// A world with these realms alone, and the client that can be used.
fn import(mut world: World, mut realms: Vec<Realm>, own: RealmClient) -> (World, Realm, (String, String)) {
    let found = realms.iter().position(|realm| realm.usable().is_some());
    let (place, client) = match found.and_then(|place| Some((place, realms[place].usable()?.credentials()))) {
        Some(found) => found,
        None => {
            let client = own.credentials();
            realms[0].add(own);
            (0, client)
        }
    };
    let realm = realms[place].clone();
    if !world.organisations.is_empty() {
        for client in realm.clients.iter().filter(|client| client.has_service_account) {
            world = world.register(client.id.clone(), 0);
        }
    }
    world.realms = realms;
    (world, realm, client)
}
