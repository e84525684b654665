//! Realms from the files that `kc.sh start --import-realm` takes, and `kc.sh export` writes.

mod file;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::account::{Account, Role, User};
use super::mapper::{Mapper, MapperKind};
use super::realm::{Realm, RealmClient, RealmClientKind, TlsRequired};
use super::scope::ClientScope;
use crate::seed;
use file::{ClientEntry, MapperEntry, RealmEntry, ScopeEntry, UserEntry};

/// What exports have in place of a secret.
const MASK: &str = "**********";

/// What was read from a realm file: one realm or several, and what to know of them.
///
/// ```
/// use persium_testkit::{Kit, RealmFile};
///
/// let text = r#"{"realm": "acme", "enabled": true, "browserFlow": "browser", "clients": [
///     {"clientId": "backend", "serviceAccountsEnabled": true, "secret": "from-the-file"}]}"#;
/// let file = RealmFile::parse(text)?;
/// assert_eq!(file.ignored(), ["realm acme: browserFlow"]);
///
/// let kit = Kit::builder().import(file).start();
/// assert_eq!((kit.client_id(), kit.client_secret()), ("backend", "from-the-file"));
/// assert!(kit.token_url().contains("/realms/acme/"));
/// # Ok::<(), persium_testkit::RealmError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RealmFile {
    realms: Vec<Realm>,
    ignored: Vec<String>,
    warnings: Vec<String>,
}

/// Why a file is none of a realm's. The text says where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RealmError(String);

impl fmt::Display for RealmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RealmError {}

impl RealmFile {
    /// Reads a realm, or a list of them.
    ///
    /// Of a realm the fake takes its name and switches, lifetimes, clients with their protocol mappers for audiences and
    /// fixed claims, client scopes, composite roles, and users with passwords in clear. The rest is [`ignored`](Self::ignored).
    ///
    /// # Errors
    /// Text that is no JSON, with line and column; a value of another kind than Keycloak has there; a realm without a
    /// name, or a client without an id.
    pub fn parse(text: &str) -> Result<Self, RealmError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let is_list = text.trim_start().starts_with('[');
        let entries: Vec<RealmEntry> = if is_list {
            serde_json::from_str(text)
        } else {
            serde_json::from_str(text).map(|entry| vec![entry])
        }
        .map_err(|error| RealmError(error.to_string()))?;
        let mut file = Self { realms: Vec::new(), ignored: Vec::new(), warnings: Vec::new() };
        for entry in entries {
            let realm = file.realm(entry)?;
            file.realms.push(realm);
        }
        Ok(file)
    }

    /// The realms, in the order of the file.
    #[must_use]
    pub fn realms(&self) -> &[Realm] {
        &self.realms
    }

    /// What the fake has no use for, by where it stands.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// What may surprise: masked and missing secrets, passwords that are stored as hashes.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn ignore(&mut self, place: &str, rest: impl IntoIterator<Item = (String, Value)>) {
        let is_told = |value: &Value| match value {
            Value::Null => false,
            Value::Array(several) => !several.is_empty(),
            Value::Object(members) => !members.is_empty(),
            _ => true,
        };
        let names: Vec<_> =
            rest.into_iter().filter(|(_, value)| is_told(value)).map(|(name, _)| name).collect();
        if !names.is_empty() {
            self.ignored.push(format!("{place}: {}", names.join(", ")));
        }
    }

    fn realm(&mut self, entry: RealmEntry) -> Result<Realm, RealmError> {
        let name = entry.realm.filter(|name| !name.is_empty());
        let name =
            name.ok_or_else(|| RealmError("expected a realm, found an object without `realm`".into()))?;
        let mut realm = Realm::new(&name);
        realm.display_name = entry.display_name;
        realm.is_enabled = entry.enabled.unwrap_or(false);
        realm.tls_required = match entry.ssl_required.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("external") => TlsRequired::External,
            Some("none") => TlsRequired::None,
            Some("all") => TlsRequired::All,
            Some(other) => {
                let text =
                    format!("realm {name}: expected sslRequired none, external or all, found {other:?}");
                return Err(RealmError(text));
            }
        };
        if let Some(seconds) = entry.access_token_lifespan {
            realm.token_lifetime = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        }
        if let Some(seconds) = entry.sso_session_idle_timeout {
            realm.session_idle = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        }
        realm.not_before = entry.not_before.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        let place = format!("realm {name}");
        self.ignore(&place, entry.rest);
        realm.composites = entry.roles.map(file::RoleEntries::composites).unwrap_or_default();
        if let Some(scopes) = entry.client_scopes {
            let defaults = entry.default_default_client_scopes.unwrap_or_default();
            let scopes = scopes.into_iter().map(|scope| self.scope(&place, scope, &defaults));
            realm.scopes = Some(scopes.collect());
        }
        for user in entry.users.unwrap_or_default() {
            let user = self.user(&place, &name, user)?;
            realm.users.push(user);
        }
        for client in entry.clients.unwrap_or_default() {
            let client = self.client(&place, &realm, client)?;
            realm.add(client);
        }
        Ok(realm)
    }

    fn scope(&mut self, place: &str, entry: ScopeEntry, defaults: &[String]) -> ClientScope {
        let is_shown =
            file::attribute(&entry.attributes, "include.in.token.scope").is_none_or(|text| text == "true");
        let place = format!("{place}, client scope {}", entry.name);
        let mappers = self.mappers(&place, entry.protocol_mappers.unwrap_or_default(), true);
        ClientScope { is_default: defaults.contains(&entry.name), name: entry.name, is_shown, mappers }
    }

    fn user(&mut self, place: &str, realm: &str, entry: UserEntry) -> Result<User, RealmError> {
        let username =
            entry.username.ok_or_else(|| RealmError(format!("{place}: a user without `username`")))?;
        let username = username.to_lowercase();
        let credentials = entry.credentials.unwrap_or_default();
        let password = credentials.iter().find(|known| known.kind.as_deref() == Some("password"));
        if password.is_some_and(|password| password.value.is_none()) {
            self.warnings
                .push(format!("{place}, user {username}: the password is a hash, so no password is right"));
        }
        let of_realm = entry.realm_roles.unwrap_or_default().into_iter().map(Role::of_realm);
        let of_clients = entry.client_roles.unwrap_or_default().into_iter();
        let of_clients =
            of_clients.flat_map(|(id, names)| names.into_iter().map(move |name| Role::of_client(&id, name)));
        Ok(User {
            id: entry.id.and_then(|id| Uuid::try_parse(&id).ok()).unwrap_or_else(|| {
                seed::uuid(seed::of_text(realm), &[seed::of_text("user"), seed::of_text(&username)])
            }),
            is_enabled: entry.enabled.unwrap_or(false),
            has_actions: entry.required_actions.is_some_and(|actions| !actions.is_empty()),
            email: entry.email,
            is_email_verified: entry.email_verified.unwrap_or(false),
            first_name: entry.first_name,
            last_name: entry.last_name,
            password: password.and_then(|password| password.value.clone()),
            roles: of_realm.chain(of_clients).collect(),
            service_account_of: entry.service_account_client_id,
            username,
        })
    }

    fn client(&mut self, place: &str, realm: &Realm, entry: ClientEntry) -> Result<RealmClient, RealmError> {
        let id = entry.client_id.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| RealmError(format!("{place}: a client without `clientId`")))?;
        let place = format!("{place}, client {id}");
        let attribute = |name: &str| file::attribute(&entry.attributes, name);
        let is = |name: &str| attribute(name).is_some_and(|text| text == "true");
        let mut client = RealmClient::new(&id, "");
        client.kind = match (entry.protocol.as_deref(), entry.client_authenticator_type.as_deref()) {
            (Some("saml"), _) => RealmClientKind::Saml,
            _ if entry.bearer_only == Some(true) => RealmClientKind::BearerOnly,
            _ if entry.public_client == Some(true) => RealmClientKind::Public,
            (_, Some("client-jwt")) => RealmClientKind::SignedJwt,
            (_, Some("client-secret-jwt")) => RealmClientKind::SecretJwt,
            (_, Some("client-x509")) => RealmClientKind::X509,
            _ => RealmClientKind::Confidential,
        };
        client.is_enabled = entry.enabled.unwrap_or(true);
        client.has_service_account = entry.service_accounts_enabled.unwrap_or(false);
        client.takes_passwords = entry.direct_access_grants_enabled.unwrap_or(false);
        client.needs_consent = entry.consent_required.unwrap_or(false);
        client.has_full_scope = entry.full_scope_allowed.unwrap_or(!client.needs_consent);
        client.not_before = entry.not_before.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        client.token_lifetime = attribute("access.token.lifespan").and_then(|text| text.trim().parse().ok());
        client.has_refresh_tokens = is("client_credentials.use_refresh_token");
        client.refreshes_sessions = attribute("use.refresh.tokens").is_none_or(|text| text == "true");
        client.is_lightweight = is("client.use.lightweight.access.token.enabled");
        client.has_rfc9068_header = is("access.token.header.type.rfc9068");
        client.web_origins = origins(entry.web_origins, entry.redirect_uris.as_deref().unwrap_or_default());
        client.default_scopes = entry.default_client_scopes;
        client.optional_scopes = entry.optional_client_scopes;
        client.has_account_of_file =
            realm.users.iter().any(|user| user.service_account_of.as_deref() == Some(&id));
        client.mappers = self.mappers(&place, entry.protocol_mappers.unwrap_or_default(), false);
        self.ignore(&place, entry.rest);
        let needs_secret = client.kind == RealmClientKind::Confidential;
        client.secrets = entry.secret.into_iter().filter(|secret| !secret.is_empty()).collect();
        if needs_secret && client.secrets.is_empty() {
            self.warnings
                .push(format!("{place}: no secret in the file; Keycloak draws one, the fake takes none"));
        }
        if client.is_masked() {
            self.warnings.push(format!(
                "{place}: its secret is masked in the export; like Keycloak, the fake takes the {MASK} for the secret: \
                 put the real one, or any other, into the file"
            ));
        }
        Ok(client)
    }

    fn mappers(&mut self, place: &str, entries: Vec<MapperEntry>, is_built_in: bool) -> Vec<Mapper> {
        let mut mappers = Vec::new();
        for entry in entries {
            let kind = entry.kind();
            let flag = |name: &str, default| entry.setting(name).map_or(default, |text| text == "true");
            match kind {
                Some(kind) => mappers.push(Mapper {
                    in_access: flag("access.token.claim", false),
                    in_id: flag("id.token.claim", false),
                    in_userinfo: flag("userinfo.token.claim", matches!(kind, MapperKind::Claim(..))),
                    in_introspection: flag("introspection.token.claim", flag("access.token.claim", false)),
                    kind,
                }),
                // What the built-in scopes map is known without their mappers.
                None if is_built_in || entry.is_of_service_account() => {}
                None => self.ignored.push(format!(
                    "{place}: mapper {} ({})",
                    entry.name.unwrap_or_default(),
                    entry.protocol_mapper.unwrap_or_default()
                )),
            }
        }
        mappers
    }
}

impl RealmClient {
    fn is_masked(&self) -> bool {
        self.secrets.iter().any(|secret| secret == MASK)
    }
}

impl Realm {
    /// The first client that gets a token here by its id and secret; one whose secret is masked only where no other does.
    pub(crate) fn usable(&self) -> Option<&RealmClient> {
        let is_open = self.is_enabled && self.tls_required != TlsRequired::All;
        let usable = |client: &&RealmClient| {
            is_open
                && client.is_enabled
                && client.kind == RealmClientKind::Confidential
                && client.has_service_account
                && !client.secrets.is_empty()
                && Account::of_client(self, client).is_enabled
        };
        let mut clients = self.clients.iter().filter(usable);
        let first = clients.clone().find(|client| !client.is_masked());
        first.or_else(|| clients.next())
    }
}

/// `+` stands for the origins of the redirect URIs, and so does a file that names none.
fn origins(told: Option<Vec<String>>, redirects: &[String]) -> Vec<String> {
    let mut origins = Vec::new();
    for origin in told.unwrap_or_else(|| vec!["+".to_owned()]) {
        if origin == "+" {
            origins.extend(redirects.iter().filter_map(|uri| {
                let (scheme, rest) =
                    uri.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"))?;
                Some(format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()))
            }));
        } else {
            origins.push(origin);
        }
    }
    origins
}

/// The composites of a file's roles, by role.
fn composites(entries: impl IntoIterator<Item = (Role, Vec<Role>)>) -> BTreeMap<Role, Vec<Role>> {
    entries.into_iter().filter(|(_, parts)| !parts.is_empty()).collect()
}

#[cfg(test)]
mod tests;
