//! Every token that went out: to whom, how, how often used, and why it ended.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use persium_core::{Now, Timestamp};

use crate::keycloak::Minted;

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
    /// When it stops being accepted, as time since the Unix epoch by the server's clock.
    pub expires_at: Duration,
    /// How many requests the API accepted with it.
    pub uses: u64,
    /// The first of them.
    pub first_use: Option<Timestamp>,
    /// The last of them.
    pub last_use: Option<Timestamp>,
    /// Why it is worth nothing now, where that is not its age.
    pub ending: Option<Ending>,
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

/// Why a token ended before its time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// It was revoked.
    Revoked,
    /// The key that signed it is no longer listed.
    KeyRetired,
}

#[derive(Default)]
pub(crate) struct Ledger {
    tokens: Vec<Token>,
    /// From a token's text to its place in the list.
    places: HashMap<String, usize>,
}

impl Ledger {
    pub(crate) fn record(&mut self, now: Now, minted: Minted) {
        let place = self.tokens.len();
        self.tokens.push(Token {
            serial: place as u64 + 1,
            client_id: minted.client_id,
            authentication: if minted.is_basic { Authentication::Basic } else { Authentication::Form },
            issuer: minted.issuer,
            kid: minted.kid,
            minted_at: now.monotonic,
            expires_at: Duration::from_secs(minted.expires_at),
            uses: 0,
            first_use: None,
            last_use: None,
            ending: None,
        });
        self.places.insert(minted.token, place);
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The record of a token's text, if it is one of ours.
    pub(crate) fn find(&self, text: &str) -> Option<&Token> {
        self.places.get(text).map(|place| &self.tokens[*place])
    }

    pub(crate) fn on_use(&mut self, now: Now, text: &str) {
        let Some(place) = self.places.get(text) else { return };
        let token = &mut self.tokens[*place];
        token.uses += 1;
        token.first_use.get_or_insert(now.monotonic);
        token.last_use = Some(now.monotonic);
    }

    /// Ends every token of `which` that has not ended yet.
    pub(crate) fn end(&mut self, ending: Ending, which: impl Fn(&Token) -> bool) {
        for token in self.tokens.iter_mut().filter(|token| which(token)) {
            token.ending.get_or_insert(ending);
        }
    }
}

/// The texts of the tokens stay out of it.
impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.tokens).finish()
    }
}
