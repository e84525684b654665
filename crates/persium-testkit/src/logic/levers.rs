//! What a test may change while clients run.

use std::time::Duration;

use persium_core::Now;

use super::Logic;
use super::switches::{Challenge, Throttle};
use crate::keycloak::Realm;
use crate::ledger::Ending;
use crate::world::{Registration, World};

impl Logic {
    /// The realm that the kit's own client belongs to.
    pub(crate) fn own_realm_mut(&mut self) -> Option<&mut Realm> {
        self.world.realm_mut(&self.realm)
    }

    /// As new, at the same place.
    pub(crate) fn reset(&mut self, now: Now, world: World) {
        let mut new = Self::new(now, world, self.profile, self.first_realm.clone(), self.trusted.clone());
        new.set_origins(self.first_origins.clone());
        new.audit = self.audit.renewed();
        *self = new;
    }

    pub(crate) fn refuse_all(&mut self) {
        self.switches.refuses_all = true;
    }

    pub(crate) fn refuse_none(&mut self) {
        self.switches.refuses_all = false;
        self.switches.refused_serials.clear();
    }

    pub(crate) fn refuse_serial(&mut self, serial: u64) {
        self.switches.refused_serials.insert(serial);
    }

    pub(crate) fn revoke_all(&mut self, now: Now) {
        self.ledger.end(now, Ending::Revoked, |_| true);
        let server = self.switches.server(now).wall.as_secs();
        if let Some(realm) = self.world.realm_mut(&self.realm) {
            realm.not_before = server;
        }
    }

    pub(crate) fn retire_old_keys(&mut self, now: Now) {
        self.keys.retire_old();
        let kid = self.keys.signing_kid();
        self.ledger.end(now, Ending::KeyRetired, |token| token.kid != kid);
    }

    /// Changes what Persium holds of a client.
    pub(crate) fn edit_registration(&mut self, id: &str, edit: fn(&mut Registration)) {
        self.world.registrations.iter_mut().filter(|known| known.client_id == id).for_each(edit);
    }

    pub(crate) fn unregister(&mut self, id: &str) {
        self.world.registrations.retain(|known| known.client_id != id);
    }

    /// Keycloak's `http-relative-path`.
    pub(crate) fn set_keycloak_path(&mut self, path: &str) {
        path.clone_into(&mut self.keycloak_path);
    }

    /// Basic credentials are taken as they stand, escapes and all, as by Keycloak before release 20.
    pub(crate) fn take_basic_raw(&mut self) {
        self.switches.takes_basic_raw = true;
    }

    pub(crate) fn require_scope(&mut self, scope: Option<&str>) {
        self.switches.demand.scope = scope.map(str::to_owned);
    }

    pub(crate) fn require_audience(&mut self, audience: Option<&str>) {
        self.switches.demand.audience = audience.map(str::to_owned);
    }

    pub(crate) fn set_secrets(&mut self, id: &str, secrets: &[&str]) {
        if let Some(client) = self.world.realm_mut(&self.realm).and_then(|realm| realm.find_mut(id)) {
            client.secrets = secrets.iter().map(ToString::to_string).collect();
        }
    }

    pub(crate) fn move_realm(&mut self, now: Now, name: &str) {
        let old = format!("/realms/{}", self.realm);
        self.ledger.end(now, Ending::RealmMoved, |token| token.issuer.ends_with(&old));
        if let Some(realm) = self.world.realm_mut(&self.realm) {
            realm.rename(name);
            self.realm = name.to_owned();
        }
    }

    pub(crate) fn skew(&mut self, seconds: i64) {
        self.switches.skew = seconds;
    }

    pub(crate) fn pad_tokens(&mut self, bytes: usize) {
        self.switches.padding = bytes;
    }

    pub(crate) fn set_throttle(&mut self, limit: Option<(usize, Duration)>) {
        self.switches.throttle = limit.map(|(requests, per)| Throttle::new(requests, per));
    }

    pub(crate) fn challenge(&mut self, challenge: Challenge) {
        self.switches.challenge = challenge;
    }

    pub(crate) fn strip_authorization(&mut self) {
        self.switches.strips_authorization = true;
    }

    pub(crate) fn pass_authorization(&mut self) {
        self.switches.strips_authorization = false;
    }
}
