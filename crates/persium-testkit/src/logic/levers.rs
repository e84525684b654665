//! What a test may change while clients run.

use super::Logic;
use crate::ledger::Ending;
use crate::world::REALM;

impl Logic {
    /// The API refuses every bearer with 401 from now on, or no longer.
    pub(crate) fn refuse_all(&mut self, refuses: bool) {
        self.refuses_all = refuses;
    }

    /// Every token that is out is worth nothing from now on.
    pub(crate) fn revoke_all(&mut self) {
        self.ledger.end(Ending::Revoked, |_| true);
    }

    pub(crate) fn retire_old_keys(&mut self) {
        self.keys.retire_old();
        let kid = self.keys.signing_kid();
        self.ledger.end(Ending::KeyRetired, |token| token.kid != kid);
    }

    /// The API knows the client and turns it away, or no longer.
    pub(crate) fn disable_client(&mut self, id: &str, is_disabled: bool) {
        for registration in self.world.registrations.iter_mut().filter(|known| known.client_id == id) {
            registration.is_enabled = !is_disabled;
        }
    }

    /// The secrets that the realm's client may use from now on.
    pub(crate) fn set_secrets(&mut self, id: &str, secrets: &[&str]) {
        if let Some(client) = self.world.realm_mut(REALM).and_then(|realm| realm.find_mut(id)) {
            client.secrets = secrets.iter().map(ToString::to_string).collect();
        }
    }
}
