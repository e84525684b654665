//! The ledger as a test reads it: assertions that read like sentences.

use std::time::Duration;

use super::Token;

/// The tokens so far, the last 16,384 of them, and the requests for them.
///
/// ```
/// use persium_blocking::{Client, Config};
/// use persium_testkit::Kit;
/// use std::time::Duration;
///
/// let kit = Kit::start();
/// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
/// for _ in 0..20 {
///     client.me()?;
/// }
/// let ledger = kit.ledger();
/// ledger.assert_one_fetch_for(20);
/// ledger.assert_never_two_in_flight();
/// ledger.assert_never_used_after_expiry();
/// ledger.assert_never_fetched_while_good_for_more_than(Duration::from_secs(30));
///
/// let token = ledger.token(1).expect("there is one");
/// assert_eq!((token.uses, token.refusals, token.ending), (20, 0, None));
/// assert!(token.first_use < token.last_use);
/// # Ok::<(), persium_blocking::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokenLedger {
    pub(crate) tokens: Vec<Token>,
    pub(crate) requests: u64,
    pub(crate) most_at_once: usize,
}

impl TokenLedger {
    /// The tokens, in the order of minting.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The token of that serial.
    #[must_use]
    pub fn token(&self, serial: u64) -> Option<&Token> {
        self.tokens.iter().find(|token| token.serial == serial)
    }

    /// One token request, and its token served that many calls.
    ///
    /// # Panics
    /// Where it was otherwise.
    #[track_caller]
    pub fn assert_one_fetch_for(&self, calls: u64) {
        self.assert_fetches(1);
        let uses: u64 = self.tokens.iter().map(|token| token.uses).sum();
        assert!(uses == calls, "the one token served {uses} calls, not {calls}");
    }

    /// That many token requests, answered well or not.
    ///
    /// # Panics
    /// Where there were more or fewer, with every token that went out.
    #[track_caller]
    pub fn assert_fetches(&self, fetches: u64) {
        let Self { requests, tokens, .. } = self;
        assert!(*requests == fetches, "{requests} token requests, not {fetches}; the tokens: {tokens:#?}");
    }

    /// No client ever had two token requests on their way.
    ///
    /// # Panics
    /// Where one had.
    #[track_caller]
    pub fn assert_never_two_in_flight(&self) {
        let most = self.most_at_once;
        assert!(most <= 1, "{most} token requests of one client were on their way at once");
    }

    /// No token was sent after its time.
    ///
    /// # Panics
    /// Where one was, with its record.
    #[track_caller]
    pub fn assert_never_used_after_expiry(&self) {
        let late = self.tokens.iter().find(|token| token.late_uses > 0);
        assert!(late.is_none(), "a token was used after its expiry: {late:#?}");
    }

    /// No client got a token while its last one, neither ended nor refused by then, had more than `margin` to live.
    ///
    /// # Panics
    /// Where one did, with both records.
    #[track_caller]
    pub fn assert_never_fetched_while_good_for_more_than(&self, margin: Duration) {
        for (place, token) in self.tokens.iter().enumerate() {
            let earlier =
                self.tokens[..place].iter().rev().find(|earlier| earlier.client_id == token.client_id);
            let Some(earlier) = earlier.filter(|earlier| !earlier.was_spent(token.minted_at)) else {
                continue;
            };
            let left = (earlier.minted_at + earlier.lifetime).since(token.minted_at);
            assert!(
                left <= margin,
                "token {} was fetched while {} had {left:?} to live: {earlier:#?} {token:#?}",
                token.serial,
                earlier.serial
            );
        }
    }
}
