//! Every token that went out: to whom, how, how often used, and why it ended.

mod report;
mod token;

pub use report::TokenLedger;
pub use token::{Authentication, Ending, Token};

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

use persium_core::Now;

use crate::keycloak::Minted;

/// So many are kept, some 3 KiB each; the oldest are forgotten first: a fake may run for weeks.
const KEPT: usize = 16_384;

#[derive(Default)]
pub(crate) struct Ledger {
    tokens: VecDeque<Token>,
    /// Their texts, in the same order.
    texts: VecDeque<String>,
    /// From the end of a token's text to its serial.
    serials: HashMap<[u8; END], u64>,
    minted: u64,
}

/// So much of a signature's end tells a token from every other, and is sooner hashed than the whole of it.
const END: usize = 16;

impl Ledger {
    /// Notes a token. `was_told`: its answer said of its lifetime what is true.
    pub(crate) fn record(&mut self, now: Now, minted: Minted, was_told: bool) {
        if self.tokens.len() == KEPT {
            self.forget_the_oldest();
        }
        self.minted += 1;
        self.tokens.push_back(Token {
            serial: self.minted,
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
            self.serials.insert(*end, self.minted);
        }
        self.texts.push_back(minted.token);
    }

    fn forget_the_oldest(&mut self) {
        self.tokens.pop_front();
        let text = self.texts.pop_front();
        if let Some(end) = text.as_ref().and_then(|text| text.as_bytes().last_chunk()) {
            self.serials.remove(end);
        }
    }

    /// How many went out, those that are forgotten included.
    pub(crate) fn minted(&self) -> u64 {
        self.minted
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
        let serial = *self.serials.get(text.as_bytes().last_chunk::<END>()?)?;
        let place = usize::try_from(serial - self.tokens.front()?.serial).ok()?;
        (self.texts.get(place)? == text).then_some(place)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn minted(number: usize) -> Minted {
        Minted {
            token: format!("a.token.{number:016}"),
            client_id: "client".to_owned(),
            issuer: "issuer".to_owned(),
            kid: "kid".to_owned(),
            lifetime: Duration::from_secs(300),
            expires_at: 300,
            is_basic: false,
        }
    }

    #[test]
    fn the_oldest_tokens_are_forgotten_and_the_others_keep_their_serials() {
        let now = Now { monotonic: persium_core::Timestamp::ZERO, wall: Duration::ZERO };
        let mut ledger = Ledger::default();
        (1..=KEPT + 10).for_each(|number| ledger.record(now, minted(number), true));
        let serial = |number: usize| ledger.find(&minted(number).token).map(|token| token.serial);
        assert_eq!([serial(1), serial(10), serial(11)], [None, None, Some(11)]);
        assert_eq!(serial(KEPT + 10), Some(KEPT as u64 + 10));
        assert_eq!(
            (ledger.minted(), ledger.tokens_at(now).len(), ledger.serials.len()),
            (KEPT as u64 + 10, KEPT, KEPT)
        );
    }
}
