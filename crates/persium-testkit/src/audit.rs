//! What no client may do, whatever the test is about: watched all the time, told when the kit is dropped.

mod fetches;
mod invariant;
mod leaks;
mod retries;

pub use invariant::{Invariant, Violation};

pub(crate) use leaks::Secrets;

use std::collections::BTreeSet;

use persium_core::Now;

use crate::ledger::Token;
use crate::message::Request;
use crate::route::Route;
use fetches::Fetches;
use retries::Retries;

/// The first so many breaches are kept: what comes after them is of the same kind.
const VIOLATIONS_MAX: usize = 1000;

/// Follows requests and their outcomes, and notes what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    allowed: BTreeSet<Invariant>,
    violations: Vec<Violation>,
    fetches: Fetches,
    retries: Retries,
}

/// A request as the audit sees it.
pub(crate) struct Sighting<'a> {
    pub(crate) now: Now,
    /// Its number in the journal.
    pub(crate) number: u64,
    pub(crate) route: Route,
    pub(crate) request: &'a Request,
    /// The client that it says it is from, at the token endpoint, and a print of the secret it showed.
    pub(crate) presented: Option<(String, u64)>,
    /// The token in its `Authorization`, if it is one of the ledger's.
    pub(crate) token: Option<&'a Token>,
}

/// An answer as the audit sees it.
pub(crate) struct Outcome {
    pub(crate) now: Now,
    pub(crate) number: u64,
    pub(crate) status: u16,
    /// Seconds that the answer asked the client to wait.
    pub(crate) retry_after: Option<u64>,
    /// Whether it was the client's id or secret that was refused.
    pub(crate) is_credential_error: bool,
}

impl Audit {
    /// One that has seen nothing, and allows the same.
    pub(crate) fn renewed(&self) -> Self {
        Self { allowed: self.allowed.clone(), ..Self::default() }
    }

    pub(crate) fn allow(&mut self, invariant: Invariant) {
        self.allowed.insert(invariant);
    }

    /// What was wrong so far, less what is allowed.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.violations
            .iter()
            .filter(|violation| !self.allowed.contains(&violation.invariant))
            .cloned()
            .collect()
    }

    pub(crate) fn is_allowed(&self, invariant: Invariant) -> bool {
        self.allowed.contains(&invariant)
    }

    pub(crate) fn most_fetches_at_once(&self) -> usize {
        self.fetches.most_at_once()
    }

    /// A request has arrived.
    pub(crate) fn on_request(&mut self, sighting: &Sighting<'_>, secrets: &Secrets<'_>) {
        let mut found = secrets.leaks(sighting.route, sighting.request);
        found.extend(expired(sighting).map(|text| (Invariant::NothingExpired, text)));
        if let Some((client, print)) = &sighting.presented {
            found.extend(self.fetches.on_request(sighting.now.monotonic, sighting.number, client, *print));
        }
        let retry = self.retries.on_request(sighting);
        found.extend(retry.map(|text| (Invariant::RetriesKeepTheirDistance, text)));
        // What is allowed is not kept: a fake may run for weeks.
        found.retain(|(invariant, _)| !self.is_allowed(*invariant));
        found.truncate(VIOLATIONS_MAX - self.violations.len());
        let Sighting { number, request, .. } = sighting;
        self.violations.extend(found.into_iter().map(|(invariant, text)| Violation {
            invariant,
            text: format!("{text}: request {number}, {} {}", request.method, request.path()),
        }));
    }

    /// It is known what it will be answered.
    pub(crate) fn on_outcome(&mut self, outcome: &Outcome) {
        self.fetches.on_outcome(outcome);
        self.retries.on_outcome(outcome);
    }

    /// Its answer is out, or its client gone.
    pub(crate) fn on_end(&mut self, number: u64, is_out: bool) {
        self.fetches.on_end(number);
        self.retries.on_end(number, is_out);
    }

    /// Its answer was said to be out, and was lost.
    pub(crate) fn on_loss(&mut self, number: u64) {
        self.retries.on_loss(number);
    }
}

/// A bearer that its client could know to be over, by either clock. One is good for a second after it came, whatever
/// it says: servers do hand out tokens that live for 0 s.
fn expired(sighting: &Sighting<'_>) -> Option<String> {
    let token = sighting.token.filter(|token| token.is_over(sighting.now))?;
    let age = sighting.now.monotonic.since(token.minted_at);
    Some(format!(
        "token {}, good for {:?}, was sent {age:?} after it was minted",
        token.serial, token.lifetime
    ))
}
