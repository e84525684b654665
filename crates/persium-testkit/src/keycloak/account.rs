//! Who a token is about: a client's service account, or a user; and the roles of either.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use uuid::Uuid;

use super::realm::{Realm, RealmClient};
use crate::seed;

/// A user of a realm, as its file has them.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) username: String,
    pub(crate) is_enabled: bool,
    pub(crate) has_actions: bool,
    pub(crate) email: Option<String>,
    pub(crate) is_email_verified: bool,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) roles: Vec<Role>,
    /// The client whose service account it is.
    pub(crate) service_account_of: Option<String>,
}

/// A role of the realm, or of the client before it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Role {
    pub(crate) client: Option<String>,
    pub(crate) name: String,
}

/// Shows everything but the password.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Role {
    pub(crate) fn of_realm(name: impl Into<String>) -> Self {
        Self { client: None, name: name.into() }
    }

    pub(crate) fn of_client(client: impl Into<String>, name: impl Into<String>) -> Self {
        Self { client: Some(client.into()), name: name.into() }
    }
}

/// Whose token it is.
pub(super) struct Account<'a> {
    pub(super) id: Uuid,
    pub(super) username: String,
    pub(super) is_enabled: bool,
    /// The user, unless it is a service account that no file tells of.
    pub(super) user: Option<&'a User>,
    roles: BTreeSet<Role>,
}

/// `realm_access` and each member of `resource_access`.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    pub(super) roles: Vec<String>,
}

impl<'a> Account<'a> {
    /// The service account of a client.
    pub(super) fn of_client(realm: &'a Realm, client: &RealmClient) -> Self {
        let of_file = realm.users.iter().find(|user| user.service_account_of.as_deref() == Some(&client.id));
        if let Some(user) = of_file {
            return Self::of_user(realm, user);
        }
        Self {
            id: seed::uuid(seed::of_text(realm.name()), &[seed::of_text(&client.id)]),
            username: format!("service-account-{}", client.id.to_lowercase()),
            is_enabled: true,
            user: None,
            roles: expanded(realm, [Role::of_realm(default_role(realm))]),
        }
    }

    pub(super) fn of_user(realm: &Realm, user: &'a User) -> Self {
        Self {
            id: user.id,
            username: user.username.clone(),
            is_enabled: user.is_enabled,
            user: Some(user),
            roles: expanded(realm, user.roles.clone()),
        }
    }

    /// The account of an id that a token of that client's names.
    pub(super) fn find(realm: &'a Realm, client: &RealmClient, id: &str) -> Option<Self> {
        let service = Self::of_client(realm, client);
        if service.id.to_string() == id {
            return Some(service);
        }
        realm.users.iter().find(|user| user.id.to_string() == id).map(|user| Self::of_user(realm, user))
    }

    /// Whether it has that role of the realm's.
    pub(super) fn has_role(&self, name: &str) -> bool {
        self.roles.contains(&Role::of_realm(name))
    }

    /// Those that a client may show: all, or its own.
    pub(super) fn roles_for(&self, client: &RealmClient) -> (Vec<String>, BTreeMap<String, Named>) {
        let mut of_realm = Vec::new();
        let mut of_clients = BTreeMap::<String, Named>::new();
        for role in &self.roles {
            match &role.client {
                Some(owner) if client.has_full_scope || *owner == client.id => {
                    let named =
                        of_clients.entry(owner.clone()).or_insert_with(|| Named { roles: Vec::new() });
                    named.roles.push(role.name.clone());
                }
                None if client.has_full_scope => of_realm.push(role.name.clone()),
                _ => {}
            }
        }
        (of_realm, of_clients)
    }

    /// Whether it is a service account.
    pub(super) fn is_service(&self) -> bool {
        self.user.is_none_or(|user| user.service_account_of.is_some())
    }
}

pub(super) fn default_role(realm: &Realm) -> String {
    format!("default-roles-{}", realm.name().to_lowercase())
}

/// Roles and what they are made of.
fn expanded(realm: &Realm, roles: impl IntoIterator<Item = Role>) -> BTreeSet<Role> {
    let mut open: Vec<_> = roles.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(role) = open.pop() {
        match realm.composites.get(&role) {
            Some(parts) => open.extend(parts.iter().filter(|part| !found.contains(*part)).cloned()),
            None => open.extend(built_in_parts(realm, &role)),
        }
        found.insert(role);
    }
    found
}

/// What a new realm's own composites are made of.
fn built_in_parts(realm: &Realm, role: &Role) -> Vec<Role> {
    match (role.client.as_deref(), role.name.as_str()) {
        (None, name) if name == default_role(realm) => vec![
            Role::of_realm("offline_access"),
            Role::of_realm("uma_authorization"),
            Role::of_client("account", "manage-account"),
            Role::of_client("account", "view-profile"),
        ],
        (Some("account"), "manage-account") => vec![Role::of_client("account", "manage-account-links")],
        _ => Vec::new(),
    }
}
