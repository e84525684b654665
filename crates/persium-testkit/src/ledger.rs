//! Every token that went out: to whom, how, how often used, and why it ended.

mod report;
mod token;

pub use report::TokenLedger;
pub use token::{Authentication, Ending, Token};

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use persium_core::Now;

use crate::keycloak::Minted;

#[derive(Default)]
pub(crate) struct Ledger {
    tokens: Vec<Token>,
    /// From a token's text to its place in the list.
    places: HashMap<String, usize>,
}

impl Ledger {
    /// Notes a token. `was_told`: its answer said of its lifetime what is true.
    pub(crate) fn record(&mut self, now: Now, minted: Minted, was_told: bool) {
        let place = self.tokens.len();
        self.tokens.push(Token {
            serial: place as u64 + 1,
            client_id: minted.client_id,
            authentication: if minted.is_basic { Authentication::Basic } else { Authentication::Form },
            issuer: minted.issuer,
            kid: minted.kid,
            minted_at: now.monotonic,
            minted_wall: now.wall,
            lifetime: minted.lifetime,
            expires_at: Duration::from_secs(minted.expires_at),
            uses: 0,
            late_uses: 0,
            refusals: 0,
            first_use: None,
            last_use: None,
            ending: None,
            was_told,
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

    /// The API was shown a token, and took it or refused it.
    pub(crate) fn on_use(&mut self, now: Now, text: &str, is_accepted: bool) {
        let Some(place) = self.places.get(text) else { return };
        let token = &mut self.tokens[*place];
        token.late_uses += u64::from(token.is_over(now));
        if !is_accepted {
            token.refusals += 1;
            return;
        }
        token.uses += 1;
        token.first_use.get_or_insert(now.monotonic);
        token.last_use = Some(now.monotonic);
    }

    /// Its client gave a token back.
    pub(crate) fn revoke(&mut self, now: Now, text: &str) {
        if let Some(place) = self.places.get(text) {
            self.tokens[*place].ending.get_or_insert((Ending::Revoked, now.monotonic));
        }
    }

    /// Ends every token of `which` that has not ended yet.
    pub(crate) fn end(&mut self, now: Now, ending: Ending, which: impl Fn(&Token) -> bool) {
        for token in self.tokens.iter_mut().filter(|token| which(token)) {
            token.ending.get_or_insert((ending, now.monotonic));
        }
    }
}

/// The texts of the tokens stay out of it.
impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.tokens).finish()
    }
}
