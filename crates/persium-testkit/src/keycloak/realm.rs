//! Realms and their clients, as data.

use std::collections::BTreeMap;
use std::time::Duration;

use super::account::{Role, User};
use super::mapper::Mapper;
use super::scope::ClientScope;
use crate::message::Request;

/// A realm of the fake Keycloak.
///
/// ```
/// use persium_testkit::{Kit, Realm, RealmClient};
/// use std::time::Duration;
///
/// let realm = Realm::new("staging")
///     .token_lifetime(Duration::from_secs(60))
///     .client(RealmClient::new("backend", "secret"));
/// let kit = Kit::builder().realm(realm).start();
/// assert_eq!(kit.world().realms().len(), 2, "beside the one called persium");
/// ```
#[derive(Clone, Debug)]
pub struct Realm {
    name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) is_enabled: bool,
    pub(crate) tls_required: TlsRequired,
    pub(crate) token_lifetime: Duration,
    pub(crate) not_before: u64,
    /// How long a session may do nothing: what refresh tokens live.
    pub(crate) session_idle: Duration,
    pub(crate) clients: Vec<RealmClient>,
    pub(crate) users: Vec<User>,
    /// Its client scopes; those of the release unless told.
    pub(crate) scopes: Option<Vec<ClientScope>>,
    /// What composite roles are made of, beside the built-in ones.
    pub(crate) composites: BTreeMap<Role, Vec<Role>>,
}

/// From whom a realm demands TLS: Keycloak's `sslRequired`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TlsRequired {
    /// From everybody.
    All,
    /// From addresses that are neither loopback nor private. Keycloak's default.
    External,
    /// From nobody.
    None,
}

impl Realm {
    /// An enabled realm without clients, whose tokens live 300 s as in any new realm of Keycloak's.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            display_name: None,
            is_enabled: true,
            tls_required: TlsRequired::External,
            token_lifetime: Duration::from_secs(300),
            not_before: 0,
            session_idle: Duration::from_secs(1800),
            clients: Vec::new(),
            users: Vec::new(),
            scopes: None,
            composites: BTreeMap::new(),
        }
    }

    /// Adds a client; one of the same id is replaced.
    #[must_use]
    pub fn client(mut self, client: RealmClient) -> Self {
        self.add(client);
        self
    }

    /// How long the tokens of clients without a lifetime of their own live, in whole seconds.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// From whom the realm demands TLS.
    #[must_use]
    pub fn tls_required(mut self, from: TlsRequired) -> Self {
        self.tls_required = from;
        self
    }

    /// Turns the realm off: its token endpoint answers 403 "Realm not enabled".
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.is_enabled = false;
        self
    }

    /// The realm's name, as it stands in the token URL. Case matters.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its pages call it.
    pub(super) fn display_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or_default()
    }

    /// The name as it stands in URLs: a blank and the like escaped.
    pub(crate) fn path_name(&self) -> String {
        let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte);
        let escaped = self.name.bytes().map(|byte| match keep(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        });
        escaped.collect()
    }

    pub(crate) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    pub(crate) fn add(&mut self, client: RealmClient) {
        self.clients.retain(|known| known.id != client.id);
        self.clients.push(client);
    }

    pub(crate) fn find(&self, id: &str) -> Option<&RealmClient> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// By name or address, in any case.
    pub(super) fn user(&self, name: &str) -> Option<&User> {
        let name = name.to_lowercase();
        let is_it = |user: &&User| {
            user.username.to_lowercase() == name
                || user.email.as_ref().is_some_and(|email| email.to_lowercase() == name)
        };
        self.users.iter().find(is_it)
    }

    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut RealmClient> {
        self.clients.iter_mut().find(|client| client.id == id)
    }

    pub(crate) fn refuses_plain(&self, request: &Request) -> bool {
        let is_near = match request.peer {
            std::net::IpAddr::V4(address) => address.is_loopback() || address.is_private(),
            std::net::IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
        };
        !request.is_tls
            && match self.tls_required {
                TlsRequired::All => true,
                TlsRequired::External => !is_near,
                TlsRequired::None => false,
            }
    }
}

/// A client that a realm knows.
///
/// A new one is confidential, enabled, and has a service account: it gets tokens by client credentials.
#[derive(Clone)]
pub struct RealmClient {
    pub(crate) id: String,
    /// Every secret that is valid now: two while a rotation overlaps.
    pub(crate) secrets: Vec<String>,
    pub(crate) kind: RealmClientKind,
    pub(crate) is_enabled: bool,
    pub(crate) has_service_account: bool,
    pub(crate) token_lifetime: Option<i64>,
    pub(crate) has_refresh_tokens: bool,
    pub(crate) mappers: Vec<Mapper>,
    /// Whether its users may hand it their passwords: Keycloak's direct access grants.
    pub(crate) takes_passwords: bool,
    /// Whether sessions of passwords give refresh tokens.
    pub(crate) refreshes_sessions: bool,
    pub(crate) needs_consent: bool,
    /// Whether its tokens show every role of the account.
    pub(crate) has_full_scope: bool,
    pub(crate) is_lightweight: bool,
    /// Whether the header of its tokens says `at+jwt` (RFC 9068).
    pub(crate) has_rfc9068_header: bool,
    /// Origins of pages that may ask for its tokens.
    pub(crate) web_origins: Vec<String>,
    pub(crate) default_scopes: Option<Vec<String>>,
    pub(crate) optional_scopes: Option<Vec<String>>,
    /// Whether its service account stands in the realm's file: then its claims are what the file says.
    pub(crate) has_account_of_file: bool,
    /// Seconds since the Unix epoch: tokens issued before are dead.
    pub(crate) not_before: u64,
}

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RealmClientKind {
    /// By its secret.
    Confidential,
    /// Not at all; so it has no service account.
    Public,
    /// It only takes tokens, and is refused at the token endpoint.
    BearerOnly,
    /// By a signed assertion: a secret is not what it is asked for.
    SignedJwt,
    /// By an assertion signed with its secret.
    SecretJwt,
    /// By a certificate of TLS, which the fake never has.
    X509,
    /// By SAML, the wrong protocol here.
    Saml,
}

impl RealmClient {
    /// A confidential client with a service account.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secrets: vec![secret.into()],
            kind: RealmClientKind::Confidential,
            is_enabled: true,
            has_service_account: true,
            token_lifetime: None,
            has_refresh_tokens: false,
            mappers: Vec::new(),
            takes_passwords: false,
            refreshes_sessions: true,
            needs_consent: false,
            has_full_scope: true,
            is_lightweight: false,
            has_rfc9068_header: false,
            web_origins: Vec::new(),
            default_scopes: None,
            optional_scopes: None,
            has_account_of_file: false,
            not_before: 0,
        }
    }

    /// How it proves who it is.
    #[must_use]
    pub fn kind(mut self, kind: RealmClientKind) -> Self {
        self.kind = kind;
        self
    }

    /// Turns the client off: its credentials are refused like those of nobody.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.is_enabled = false;
        self
    }

    /// Takes the service account away: "Client not enabled to retrieve service account".
    #[must_use]
    pub fn without_service_account(mut self) -> Self {
        self.has_service_account = false;
        self
    }

    /// Keycloak's attribute `access.token.lifespan`, in seconds. A negative one means 36,000, whatever the realm says.
    #[must_use]
    pub fn token_lifetime(mut self, seconds: i64) -> Self {
        self.token_lifetime = Some(seconds);
        self
    }

    /// Gives refresh tokens with client credentials, as Keycloak's switch of that name does.
    #[must_use]
    pub fn with_refresh_tokens(mut self) -> Self {
        self.has_refresh_tokens = true;
        self
    }

    /// One more audience in its tokens.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.mappers.push(Mapper::audience(audience.into()));
        self
    }

    /// Its id and its first secret.
    pub(crate) fn credentials(&self) -> (String, String) {
        (self.id.clone(), self.secrets.first().cloned().unwrap_or_default())
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Shows everything but the secrets.
impl std::fmt::Debug for RealmClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RealmClient")
            .field("id", &self.id)
            .field("secrets", &self.secrets.len())
            .field("kind", &self.kind)
            .field("is_enabled", &self.is_enabled)
            .finish_non_exhaustive()
    }
}
