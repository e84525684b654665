//! What a test may do to a running kit.

mod faults;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use super::Kit;
use crate::logic::Challenge;
use crate::serve::{Door, TlsFault};

impl Kit {
    /// The API answers 401 to every bearer from now on, until [`refuse_none`](Self::refuse_none). The token endpoint goes
    /// on handing tokens out.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.refuse_all();
    /// assert!(client.me().expect_err("everything is refused").is_unauthorized());
    /// assert_eq!(kit.token_requests(), 2, "one more token, and then it gave up");
    /// kit.refuse_none();
    /// client.me()?;
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn refuse_all(&self) {
        self.shared.logic().refuse_all();
    }

    /// Takes [`refuse_all`](Self::refuse_all) and every [`refuse_serial`](Self::refuse_serial) back.
    pub fn refuse_none(&self) {
        self.shared.logic().refuse_none();
    }

    /// The API answers 401 to the token of that [`serial`](crate::Token::serial), minted or yet to be, and to no other.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.refuse_serial(1);
    /// client.me()?; // refused once, and sent again with another token
    /// assert_eq!((kit.tokens()[0].refusals, kit.tokens()[1].uses), (1, 1));
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn refuse_serial(&self, serial: u64) {
        self.shared.logic().refuse_serial(serial);
    }

    /// Every token that is out is worth nothing from now on; new ones are. The realm's `not-before-policy` says when.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// client.me()?;
    /// kit.revoke_all();
    /// client.me()?; // refused once, and sent again with a new token
    /// assert_eq!(kit.token_requests(), 2);
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn revoke_all(&self) {
        let now = self.shared.now();
        self.shared.logic().revoke_all(now);
    }

    /// A new key signs tokens from now on. The old one stays in the key set, and its tokens good, until
    /// [`retire_old_keys`](Self::retire_old_keys).
    pub fn rotate_keys(&self) {
        self.shared.logic().keys.rotate();
    }

    /// Takes every key but the signing one out of the key set: tokens they signed are worth nothing now.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// client.me()?;
    /// kit.rotate_keys();
    /// client.me()?; // nobody notices
    /// assert_eq!(kit.token_requests(), 1);
    /// kit.retire_old_keys();
    /// client.me()?; // the token is refused, the next one is of the new key
    /// assert_ne!(kit.tokens()[0].kid, kit.tokens()[1].kid);
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn retire_old_keys(&self) {
        let now = self.shared.now();
        self.shared.logic().retire_old_keys(now);
    }

    /// The API answers 403 to the kit's client from now on: Persium turned it off. It still gets tokens.
    /// [`enable_client`](Self::enable_client) takes it back.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.disable_client();
    /// assert!(client.me().expect_err("it is turned off").is_forbidden());
    /// kit.enable_client();
    /// client.me()?;
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn disable_client(&self) {
        self.shared.logic().edit_registration(self.client_id(), |client| client.is_enabled = false);
    }

    /// Takes [`disable_client`](Self::disable_client) back.
    pub fn enable_client(&self) {
        self.shared.logic().edit_registration(self.client_id(), |client| client.is_enabled = true);
    }

    /// The kit's client sees the stations of every organisation from now on, and `/me` says so (`all_organisations`).
    /// [`confine_client`](Self::confine_client) takes it back.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.elevate_client(); // a 404 now means that there is no such station
    /// assert_eq!(client.me()?.all_organisations, Some(true));
    /// kit.confine_client();
    /// assert_eq!(client.me()?.all_organisations, Some(false));
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn elevate_client(&self) {
        self.shared.logic().edit_registration(self.client_id(), |client| client.is_elevated = true);
    }

    /// The kit's client sees the stations of its own organisation from now on, as every customer's does.
    pub fn confine_client(&self) {
        self.shared.logic().edit_registration(self.client_id(), |client| client.is_elevated = false);
    }

    /// The API answers 403 `insufficient_scope` to tokens without that scope from now on; `None` takes it back.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.require_scope(Some("stations:read"));
    /// assert!(client.me().expect_err("no token has it").is_forbidden());
    /// kit.require_scope(Some("email"));
    /// client.me()?; // every token has it
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn require_scope(&self, scope: Option<&str>) {
        self.shared.logic().require_scope(scope);
    }

    /// The API answers 401 to tokens that are not for that audience from now on; `None` takes it back.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.require_audience(Some("persium-api"));
    /// assert!(client.me().expect_err("no token is for it").is_unauthorized());
    /// kit.require_audience(Some("account"));
    /// client.me()?; // every token is for it
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn require_audience(&self, audience: Option<&str>) {
        self.shared.logic().require_audience(audience);
    }

    /// The secrets that the kit's client may use from now on: one changes it, two are a rotation that overlaps, none
    /// locks it out. [`client_secret`](Kit::client_secret) goes on giving the first one.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.set_secrets(&[kit.client_secret(), "the-next-one"]);
    /// client.me()?; // both work
    /// kit.set_secrets(&["the-next-one"]);
    /// kit.revoke_all();
    /// assert!(client.me().expect_err("the old one is over").is_credentials());
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn set_secrets(&self, secrets: &[&str]) {
        self.shared.logic().set_secrets(self.client_id(), secrets);
    }

    /// Gives the realm another name, and says what its token URL is now. The old one answers "Realm does not exist",
    /// and tokens of the old name are refused.
    ///
    /// ```
    /// let kit = persium_testkit::Kit::start();
    /// let url = kit.move_realm("production");
    /// assert!(url.ends_with("/realms/production/protocol/openid-connect/token"));
    /// assert_ne!(url, kit.token_url());
    /// ```
    pub fn move_realm(&self, name: &str) -> String {
        let now = self.shared.now();
        self.shared.logic().move_realm(now, name);
        let (origin, _) = self.token_url().split_once("/realms/").expect("a token URL has its realm");
        format!("{origin}/realms/{name}/protocol/openid-connect/token")
    }

    /// The server's wall clock is ahead by so many seconds from now on, or behind where negative: in the tokens it
    /// mints, in what it takes, and in its `Date`.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// client.me()?;
    /// kit.skew(3600); // the token's 300 seconds are over there, and not here
    /// client.me()?;
    /// assert_eq!(kit.token_requests(), 2);
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn skew(&self, seconds: i64) {
        self.shared.logic().skew(seconds);
    }

    /// Tokens minted from now on carry so many bytes beside their claims: 15,000 make a token of about 20 kB.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.pad_tokens(15_000);
    /// assert!(client.bearer()?.header().len() > 20_000);
    /// client.me()?;
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn pad_tokens(&self, bytes: usize) {
        self.shared.logic().pad_tokens(bytes);
    }

    /// Token requests beyond `requests` in `per` are answered 429 with `Retry-After`, as by a proxy before Keycloak.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.throttle_tokens(1, std::time::Duration::from_secs(90));
    /// let first = client.bearer()?;
    /// let error = client.bearer_instead_of(&first).expect_err("one in 90 s, and that is too long to wait");
    /// assert!(error.is_throttled());
    /// kit.unthrottle_tokens();
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn throttle_tokens(&self, requests: usize, per: Duration) {
        self.shared.logic().set_throttle(Some((requests, per)));
    }

    /// Takes [`throttle_tokens`](Self::throttle_tokens) back.
    pub fn unthrottle_tokens(&self) {
        self.shared.logic().set_throttle(None);
    }

    /// How the API says 401 from now on.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::{Challenge, Kit};
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// client.me()?;
    /// kit.challenge(Challenge::GatewayHtml);
    /// kit.revoke_all();
    /// client.me()?; // a client that goes by the status alone does not mind
    /// assert_eq!(kit.token_requests(), 2);
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn challenge(&self, challenge: Challenge) {
        self.shared.logic().challenge(challenge);
    }

    /// The API sees no `Authorization` from now on: a proxy before it strips the header.
    /// [`pass_authorization`](Self::pass_authorization) takes it back.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.strip_authorization();
    /// let error = client.me().expect_err("no token is good enough");
    /// assert_eq!(error.message(), Some("missing bearer token"));
    /// kit.pass_authorization();
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn strip_authorization(&self) {
        self.shared.logic().strip_authorization();
    }

    /// Takes [`strip_authorization`](Self::strip_authorization) back.
    pub fn pass_authorization(&self) {
        self.shared.logic().pass_authorization();
    }

    /// What is wrong with the TLS of new connections; `None` mends it. Of no effect on a kit without TLS.
    ///
    /// ```
    /// use persium_testkit::{Kit, TlsFault};
    ///
    /// let kit = Kit::builder().tls().start();
    /// kit.break_tls(TlsFault::Expired);
    /// // … a client that trusts `kit.ca_certificate_pem()` refuses to connect …
    /// kit.break_tls(None);
    /// ```
    pub fn break_tls(&self, fault: impl Into<Option<TlsFault>>) {
        self.shared.set_tls_fault(fault.into());
    }

    /// Closes every connection that is open now. New ones are welcome.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::Kit;
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// client.me()?;
    /// kit.close_connections();
    /// client.me()?; // by another one
    /// assert_eq!(kit.tokens()[0].uses, 2);
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn close_connections(&self) {
        self.shared.close_connections();
    }

    /// Goes away: connections are closed, and new ones refused, once this returns. State and address are kept for
    /// [`come_back`](Self::come_back).
    ///
    /// ```
    /// use persium_testkit::Kit;
    /// use std::net::TcpStream;
    ///
    /// let kit = Kit::start();
    /// kit.stop();
    /// assert!(TcpStream::connect(kit.authority()).is_err());
    /// kit.come_back();
    /// assert!(TcpStream::connect(kit.authority()).is_ok());
    /// ```
    pub fn stop(&self) {
        self.shut(Door::Shut);
    }

    /// Is there again, at the same address and port, once this returns. Of no effect while it is there.
    ///
    /// # Panics
    /// Where another process has taken the port meanwhile.
    pub fn come_back(&self) {
        self.try_come_back()
            .unwrap_or_else(|error| panic!("{} cannot be taken again: {error}", self.authority()));
    }

    pub(crate) fn try_come_back(&self) -> std::io::Result<()> {
        if matches!(*self.door.borrow(), Door::Open(_)) {
            return Ok(());
        }
        let listener = TcpListener::bind(self.authority())?;
        listener.set_nonblocking(true)?;
        self.door.send_replace(Door::Open(Arc::new(listener)));
        Ok(())
    }

    /// Is as it was at the start: world, keys, faults, levers, ledger, journal and what was noted of clients. Its address
    /// stays, and so do open connections, the clock, and invariants that were switched off.
    ///
    /// ```
    /// use http::StatusCode;
    /// use persium_testkit::{Kit, Route};
    ///
    /// let kit = Kit::start();
    /// kit.fail_next(Route::Me, StatusCode::BAD_GATEWAY, 1);
    /// kit.reset();
    /// assert_eq!(kit.pending_faults(), 0);
    /// ```
    pub fn reset(&self) {
        let now = self.shared.now();
        self.shared.logic().reset(now, self.world.clone());
        self.shared.set_tls_fault(None);
    }

    /// Shuts the door that way, at once.
    pub(super) fn shut(&self, way: Door) {
        if let Door::Open(listener) = self.door.send_replace(way) {
            Door::slam(&listener);
        }
        self.shared.close_connections();
    }
}
