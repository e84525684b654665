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
    /// Their texts, in the same order.
    texts: Vec<String>,
    /// From the end of a token's text to its place in the lists.
    places: HashMap<[u8; END], usize>,
}

/// So much of a signature's end tells a token from every other, and is sooner hashed than the whole of it.
const END: usize = 16;

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
            first_refusal: None,
            first_use: None,
            last_use: None,
            ending: None,
            was_told,
        });
        if let Some(end) = minted.token.as_bytes().last_chunk() {
            self.places.insert(*end, place);
        }
        self.texts.push(minted.token);
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The tokens, those whose time is over by the server's clock ended as well.
    pub(crate) fn tokens_at(&self, server: Now) -> Vec<Token> {
        self.tokens.iter().map(|token| token.at(server)).collect()
    }

    /// The record of a token's text, if it is one of ours.
    pub(crate) fn find(&self, text: &str) -> Option<&Token> {
        self.place(text).map(|place| &self.tokens[place])
    }

    fn place(&self, text: &str) -> Option<usize> {
        let place = *self.places.get(text.as_bytes().last_chunk::<END>()?)?;
        (self.texts[place] == text).then_some(place)
    }

    /// The API was shown a token, and took it or refused it.
    pub(crate) fn on_use(&mut self, now: Now, text: &str, is_accepted: bool) {
        let Some(place) = self.place(text) else { return };
        let token = &mut self.tokens[place];
        token.late_uses += u64::from(token.is_over(now));
        if !is_accepted {
            token.refusals += 1;
            token.first_refusal.get_or_insert(now.monotonic);
            return;
        }
        token.uses += 1;
        token.first_use.get_or_insert(now.monotonic);
        token.last_use = Some(now.monotonic);
    }

    /// Its client gave a token back.
    pub(crate) fn revoke(&mut self, now: Now, text: &str) {
        if let Some(place) = self.place(text) {
            self.tokens[place].ending.get_or_insert((Ending::Revoked, now.monotonic));
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
