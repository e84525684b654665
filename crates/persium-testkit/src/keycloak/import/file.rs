//! The shape of a realm file: the members that the fake knows, and the rest by name.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::account::Role;
use super::super::mapper::MapperKind;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RealmEntry {
    pub(super) realm: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) ssl_required: Option<String>,
    pub(super) access_token_lifespan: Option<i64>,
    pub(super) sso_session_idle_timeout: Option<i64>,
    pub(super) not_before: Option<i64>,
    pub(super) clients: Option<Vec<ClientEntry>>,
    pub(super) users: Option<Vec<UserEntry>>,
    pub(super) roles: Option<RoleEntries>,
    pub(super) client_scopes: Option<Vec<ScopeEntry>>,
    pub(super) default_default_client_scopes: Option<Vec<String>>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientEntry {
    pub(super) client_id: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) protocol: Option<String>,
    pub(super) client_authenticator_type: Option<String>,
    pub(super) secret: Option<String>,
    pub(super) public_client: Option<bool>,
    pub(super) bearer_only: Option<bool>,
    pub(super) consent_required: Option<bool>,
    pub(super) service_accounts_enabled: Option<bool>,
    pub(super) direct_access_grants_enabled: Option<bool>,
    pub(super) full_scope_allowed: Option<bool>,
    pub(super) not_before: Option<i64>,
    pub(super) attributes: Option<Map<String, Value>>,
    pub(super) web_origins: Option<Vec<String>>,
    pub(super) redirect_uris: Option<Vec<String>>,
    pub(super) default_client_scopes: Option<Vec<String>>,
    pub(super) optional_client_scopes: Option<Vec<String>>,
    pub(super) protocol_mappers: Option<Vec<MapperEntry>>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserEntry {
    pub(super) id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) email: Option<String>,
    pub(super) email_verified: Option<bool>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) credentials: Option<Vec<CredentialEntry>>,
    pub(super) required_actions: Option<Vec<String>>,
    pub(super) realm_roles: Option<Vec<String>>,
    pub(super) client_roles: Option<BTreeMap<String, Vec<String>>>,
    pub(super) service_account_client_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CredentialEntry {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScopeEntry {
    pub(super) name: String,
    pub(super) attributes: Option<Map<String, Value>>,
    pub(super) protocol_mappers: Option<Vec<MapperEntry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MapperEntry {
    pub(super) name: Option<String>,
    pub(super) protocol_mapper: Option<String>,
    config: Option<Map<String, Value>>,
}

#[derive(Default, Deserialize)]
pub(super) struct RoleEntries {
    realm: Option<Vec<RoleEntry>>,
    client: Option<BTreeMap<String, Vec<RoleEntry>>>,
}

#[derive(Deserialize)]
struct RoleEntry {
    name: String,
    composites: Option<CompositeEntry>,
}

#[derive(Deserialize)]
struct CompositeEntry {
    realm: Option<Vec<String>>,
    client: Option<BTreeMap<String, Vec<String>>>,
}

impl RoleEntries {
    pub(super) fn composites(self) -> BTreeMap<Role, Vec<Role>> {
        let of_realm = self.realm.unwrap_or_default().into_iter();
        let of_realm = of_realm.map(|entry| (Role::of_realm(&entry.name), entry.parts()));
        let of_clients = self.client.unwrap_or_default().into_iter().flat_map(|(client, entries)| {
            entries.into_iter().map(move |entry| (Role::of_client(&client, &entry.name), entry.parts()))
        });
        super::composites(of_realm.chain(of_clients))
    }
}

impl RoleEntry {
    fn parts(&self) -> Vec<Role> {
        let Some(composites) = &self.composites else { return Vec::new() };
        let of_realm = composites.realm.iter().flatten().map(Role::of_realm);
        let of_clients = composites.client.iter().flatten();
        let of_clients = of_clients
            .flat_map(|(client, names)| names.iter().map(move |name| Role::of_client(client, name)));
        of_realm.chain(of_clients).collect()
    }
}

impl MapperEntry {
    pub(super) fn setting(&self, name: &str) -> Option<String> {
        attribute(&self.config, name)
    }

    /// What it adds, where the fake knows its kind.
    pub(super) fn kind(&self) -> Option<MapperKind> {
        match self.protocol_mapper.as_deref()? {
            "oidc-audience-mapper" => {
                let client = self.setting("included.client.audience").filter(|text| !text.is_empty());
                client.or_else(|| self.setting("included.custom.audience")).map(MapperKind::Audience)
            }
            "oidc-hardcoded-claim-mapper" => {
                let path = self.setting("claim.name")?.split('.').map(str::to_owned).collect();
                let text = self.setting("claim.value")?;
                let value = match self.setting("jsonType.label").as_deref() {
                    Some("int" | "long" | "boolean" | "JSON") => {
                        serde_json::from_str(&text).unwrap_or(Value::String(text))
                    }
                    _ => Value::String(text),
                };
                Some(MapperKind::Claim(path, value))
            }
            _ => None,
        }
    }

    /// One of those that say from where the client came, which the fake says by itself.
    pub(super) fn is_of_service_account(&self) -> bool {
        let note = self.setting("user.session.note").unwrap_or_default();
        ["clientHost", "clientAddress", "client_id", "clientId"].contains(&note.as_str())
    }
}

/// An attribute as text, whatever kind the file has it in.
pub(super) fn attribute(attributes: &Option<Map<String, Value>>, name: &str) -> Option<String> {
    match attributes.as_ref()?.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}
