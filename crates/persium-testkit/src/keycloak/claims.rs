//! What stands in a token, in the order in which it does.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::account::Account;
use super::mapper::{Mapper, MapperKind};
use super::profile::{Release, Rules};
use super::realm::{Realm, RealmClient};
use super::scope::Scope;
use crate::message::Request;

/// Claims by name, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims(Vec<(String, Member)>);

/// What a claim holds: an object of ours keeps the order of its members.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Member {
    Value(Value),
    Object(Claims),
}

/// Which of a mapper's flags decides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Destination {
    Access,
    Id,
    Userinfo,
    Introspection,
}

/// Who asks, for whom, and for what: what the claims of a token are made of.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) rules: &'a Rules,
    pub(super) request: &'a Request,
    pub(super) realm: &'a Realm,
    pub(super) client: &'a RealmClient,
    pub(super) account: &'a Account<'a>,
    pub(super) scope: &'a Scope,
    /// The session that outlives the token.
    pub(super) session: Option<&'a str>,
}

impl Claims {
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.put_member(name, Member::Value(value.into()));
    }

    /// Members as one object, in their order.
    pub(super) fn put_all(&mut self, name: &str, members: Self) {
        self.put_member(name, Member::Object(members));
    }

    fn put_member(&mut self, name: &str, member: Member) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), member));
    }

    fn put_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find_map(|(known, member)| match member {
            Member::Value(value) if known == name => Some(value),
            _ => None,
        })
    }

    /// A member at the end of a path of objects.
    fn put_at(&mut self, path: &[String], value: Value) {
        let Some((first, rest)) = path.split_first() else { return };
        if rest.is_empty() {
            return self.put(first, value);
        }
        let mut whole = self.value(first).filter(|known| known.is_object()).cloned().unwrap_or(json!({}));
        let mut place = &mut whole;
        for name in rest {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[name.as_str()];
        }
        *place = value;
        self.put(first, whole);
    }
}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Facts<'_> {
    /// What both kinds of session have to say for themselves.
    pub(super) fn put_session(self, claims: &mut Claims) {
        let Some(session) = self.session else { return };
        let name = if self.rules.has_session_state { "session_state" } else { "sid" };
        claims.put(name, session);
    }

    /// `sid` where it stands behind `scope`: releases that have `session_state` in its place.
    pub(super) fn put_late_session(self, claims: &mut Claims) {
        if self.rules.has_session_state {
            claims.put_some("sid", self.session);
        }
    }

    /// One audience is a string, several are a list (RFC 7519 §4.1.3).
    pub(super) fn put_audience(self, claims: &mut Claims, own: &[String], to: Destination) {
        let mut audiences: Vec<String> = own.to_vec();
        for mapper in self.mappers(to) {
            if let MapperKind::Audience(audience) = mapper.kind {
                audiences.push(audience);
            }
        }
        audiences.extend(self.resolved_audiences());
        let mut seen = std::collections::BTreeSet::new();
        audiences.retain(|audience| seen.insert(audience.clone()));
        match audiences.as_slice() {
            [] => {}
            [one] => claims.put("aud", one.as_str()),
            several => claims.put("aud", several),
        }
    }

    /// The clients whose roles the account has, the asking one aside.
    pub(super) fn resolved_audiences(self) -> Vec<String> {
        if !self.scope.has("roles") {
            return Vec::new();
        }
        let (_, of_clients) = self.account.roles_for(self.client);
        of_clients.into_keys().filter(|id| *id != self.client.id).collect()
    }

    pub(super) fn put_roles(self, claims: &mut Claims) {
        if self.scope.has("web-origins") && !self.client.web_origins.is_empty() {
            claims.put("allowed-origins", self.client.web_origins.as_slice());
        }
        if !self.scope.has("roles") {
            return;
        }
        let (of_realm, of_clients) = self.account.roles_for(self.client);
        if !of_realm.is_empty() {
            claims.put("realm_access", json!({ "roles": of_realm }));
        }
        if !of_clients.is_empty() {
            claims.put("resource_access", json!(of_clients));
        }
    }

    /// What the scopes `email`, `profile` and `service_account` and the client's mappers say of the account.
    pub(super) fn put_account(self, claims: &mut Claims, to: Destination) {
        let user = self.account.user;
        let is_profiled = self.scope.has("profile");
        let is_told = self.tells_of_client();
        let address = self.request.peer.to_string();
        if is_told && self.tells_address(to) {
            claims.put("clientHost", address.as_str());
        }
        if self.scope.has("email") {
            claims.put("email_verified", user.is_some_and(|user| user.is_email_verified));
        }
        if is_profiled {
            let names = user.map(|user| [user.first_name.as_deref(), user.last_name.as_deref()]);
            let [first, last] = names.unwrap_or_default();
            let whole = [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ");
            claims.put_some("name", Some(whole).filter(|name| !name.is_empty()));
            claims.put("preferred_username", self.account.username.as_str());
            claims.put_some("given_name", first);
            claims.put_some("family_name", last);
        }
        if is_told && self.tells_address(to) {
            claims.put("clientAddress", address.as_str());
        }
        if self.scope.has("email") {
            claims.put_some("email", user.and_then(|user| user.email.as_deref()));
        }
        if is_told && to != Destination::Userinfo {
            claims.put("client_id", self.client.id.as_str());
        }
        if self.scope.has("microprofile-jwt") && to != Destination::Userinfo {
            claims.put("upn", self.account.username.as_str());
            let (of_realm, _) = self.account.roles_for(self.client);
            claims.put("groups", of_realm);
        }
        if self.scope.has("address") && self.rules.maps_empty_address {
            claims.put("address", json!({}));
        }
        for mapper in self.mappers(to) {
            if let MapperKind::Claim(path, value) = mapper.kind {
                claims.put_at(&path, value);
            }
        }
    }

    /// Whether the token says from where the client came: mappers of its own up to 26.1, later those of a scope.
    fn tells_of_client(self) -> bool {
        let by_scope = self.rules.release >= Release::R26_4;
        let is_set =
            if by_scope { self.scope.has("service_account") } else { !self.client.has_account_of_file };
        self.account.is_service() && self.client.has_service_account && is_set
    }

    /// Introspection remembers the address of a session alone.
    fn tells_address(self, to: Destination) -> bool {
        match to {
            Destination::Access | Destination::Id => true,
            Destination::Introspection => self.session.is_some(),
            Destination::Userinfo => false,
        }
    }

    fn mappers(self, to: Destination) -> Vec<Mapper> {
        let all = self.client.mappers.iter().chain(self.scope.mappers(self.realm));
        let is_for = |mapper: &&Mapper| match to {
            Destination::Access => mapper.in_access,
            Destination::Id => mapper.in_id,
            Destination::Userinfo => mapper.in_userinfo,
            Destination::Introspection => mapper.in_introspection,
        };
        all.filter(is_for).cloned().collect()
    }
}
