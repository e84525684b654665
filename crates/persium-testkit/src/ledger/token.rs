//! One token's record.

use std::time::Duration;

use persium_core::{Now, Timestamp};

/// One token of the kit's Keycloak, as it stood when it was asked for. Its text is not in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Token {
    /// Its number, counted from 1 in the order of minting.
    pub serial: u64,
    /// The client it was given to.
    pub client_id: String,
    /// How that client showed who it is.
    pub authentication: Authentication,
    /// The realm that gave it, as its `iss` has it.
    pub issuer: String,
    /// The key that signed it, by its `kid`.
    pub kid: String,
    /// When the request for it was answered.
    pub minted_at: Timestamp,
    /// The same by the wall clock, as time since the Unix epoch.
    pub minted_wall: Duration,
    /// How long it was good for when it was minted.
    pub lifetime: Duration,
    /// When it stops being accepted, as time since the Unix epoch by the server's clock.
    pub expires_at: Duration,
    /// How many requests the API accepted with it.
    pub uses: u64,
    /// How many came with it after its time.
    pub late_uses: u64,
    /// How many the API refused.
    pub refusals: u64,
    /// The first refused one.
    pub first_refusal: Option<Timestamp>,
    /// The first accepted one.
    pub first_use: Option<Timestamp>,
    /// The last accepted one.
    pub last_use: Option<Timestamp>,
    /// Why and when it became worth nothing.
    pub ending: Option<(Ending, Timestamp)>,
    pub(crate) was_told: bool,
}

/// How a client showed the token endpoint who it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Authentication {
    /// Id and secret in the form.
    Form,
    /// HTTP Basic.
    Basic,
}

/// Why a token ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// Its time was over, by the server's clock.
    Expired,
    /// It was revoked.
    Revoked,
    /// The key that signed it is no longer listed.
    KeyRetired,
    /// The realm that gave it has another name now.
    RealmMoved,
}

impl Token {
    /// As it stands at a time of the server's: ended, where its time is over.
    pub(super) fn at(&self, server: Now) -> Self {
        let expired = (self.expires_at <= server.wall)
            .then(|| (Ending::Expired, server.monotonic.min(self.minted_at + self.lifetime)));
        let ending = match (self.ending, expired) {
            (Some((_, at)), Some((_, over))) if over <= at => expired,
            (ending, expired) => ending.or(expired),
        };
        Self { ending, ..self.clone() }
    }

    /// Whether its client had no more use for it at that time: it had ended, or been refused.
    pub(super) fn was_spent(&self, at: Timestamp) -> bool {
        let mut spent = self.ending.map(|(_, ended)| ended).into_iter().chain(self.first_refusal);
        spent.any(|spent| spent <= at)
    }

    /// Whether its client could know that its time is over, by either clock. A second is granted to any token.
    pub(crate) fn is_over(&self, now: Now) -> bool {
        let good_for = self.lifetime.max(Duration::from_secs(1));
        let is_over = now.monotonic >= self.minted_at + good_for || now.wall >= self.minted_wall + good_for;
        self.was_told && is_over
    }
}
