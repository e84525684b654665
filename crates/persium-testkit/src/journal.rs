//! Every request that came and what it was answered, with nothing secret in it.

mod expected;
mod redact;

pub use expected::Expected;

pub(crate) use redact::Redactor;

use std::collections::VecDeque;
use std::fmt;

use persium_core::Timestamp;

use crate::route::Route;

/// So many requests are kept; the oldest go first.
const KEPT: usize = 65_536;

/// A request and its answer, redacted: secrets, tokens and what may be one are named and not shown.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Its number, counted from 1 over all routes.
    pub number: u64,
    /// What it was for.
    pub route: Route,
    /// Its number on that route, counted from 1: what chaos goes by.
    pub nth: u64,
    /// When it had arrived.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// Its headers, as spelled and ordered.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// The serial of the token it showed, if that was one of the kit's.
    pub token: Option<u64>,
    /// The status of its answer.
    pub status: u16,
    /// The fault it met, in words.
    pub fault: Option<String>,
}

/// The requests so far, in the order of their arrival.
///
/// ```
/// use persium_testkit::{Expected, Kit, Route};
///
/// let kit = Kit::start();
/// assert!(kit.journal().entries().is_empty());
/// kit.journal().expect(&Expected::new(Route::Me).never());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    seed: Option<u64>,
}

impl Journal {
    /// The requests.
    #[must_use]
    pub fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// What the requests of one route met, by their number on it: status, and fault where there was one. Equal for
    /// equal seeds, whatever order parallel clients asked in.
    #[must_use]
    pub fn trace(&self, route: Route) -> Vec<(u64, u16, Option<String>)> {
        let entries = self.entries.iter().filter(|entry| entry.route == route);
        let mut trace: Vec<_> = entries.map(|entry| (entry.nth, entry.status, entry.fault.clone())).collect();
        trace.sort_unstable();
        trace
    }

    /// Checks that what was expected came.
    ///
    /// # Panics
    /// Where it did not: with the nearest request, and each field in which it differs.
    #[track_caller]
    pub fn expect(&self, expected: &Expected) {
        if let Err(message) = expected.check(self) {
            panic!("{message}");
        }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub(crate) fn with_seed(&self, seed: Option<u64>) -> Self {
        Self { entries: self.entries.clone(), seed }
    }
}

/// One line a request, and the seed of the chaos it ran under.
impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seed) = self.seed {
            writeln!(f, "chaos seed {seed}")?;
        }
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, method, target, status, .. } = self;
        write!(f, "{number:>4} {:>12?} {method} {target} -> {status}", self.at.elapsed())?;
        if let Some(serial) = self.token {
            write!(f, " (token {serial})")?;
        }
        if let Some(fault) = &self.fault {
            write!(f, " [{fault}]")?;
        }
        Ok(())
    }
}
