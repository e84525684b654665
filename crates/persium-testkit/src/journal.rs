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
/// Their texts take so many bytes at most, the last one's aside: a request may be of some mebibytes, and a fake may run for
/// weeks.
const KEPT_BYTES: usize = 64 << 20;

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

/// The requests so far, in the order of their arrival: the last 65,536, or as many as have 64 MiB of text.
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
    /// Of their texts.
    bytes: usize,
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
        let bytes = entry.bytes();
        // Before it is put in, so that the room for them does not double.
        while KEPT <= self.entries.len() || KEPT_BYTES < self.bytes + bytes {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.bytes();
        }
        self.bytes += bytes;
        self.entries.push_back(entry);
    }

    pub(crate) fn with_seed(&self, seed: Option<u64>) -> Self {
        Self { entries: self.entries.clone(), bytes: self.bytes, seed }
    }
}

impl Entry {
    /// Of its texts.
    fn bytes(&self) -> usize {
        let Self { method, target, headers, body, fault, .. } = self;
        let headers = headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        method.len() + target.len() + headers + body.len() + fault.as_ref().map_or(0, String::len)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, body: usize) -> Entry {
        Entry {
            number,
            route: Route::Me,
            nth: number,
            at: Timestamp::ZERO,
            method: String::new(),
            target: String::new(),
            headers: Vec::new(),
            body: "x".repeat(body),
            token: None,
            status: 200,
            fault: None,
        }
    }

    #[test]
    fn what_is_kept_is_bounded_by_number_and_by_length() {
        let mut journal = Journal::default();
        (0..70_000).for_each(|number| journal.push(entry(number, 1)));
        assert_eq!(
            (journal.entries.len(), journal.bytes, journal.entries[0].number),
            (KEPT, KEPT, 70_000 - KEPT as u64)
        );
        (0..20).for_each(|number| journal.push(entry(number, KEPT_BYTES / 10)));
        assert_eq!((journal.entries.len(), journal.bytes), (10, KEPT_BYTES / 10 * 10));
        journal.push(entry(0, KEPT_BYTES * 2));
        assert_eq!(
            (journal.entries.len(), journal.bytes),
            (1, KEPT_BYTES * 2),
            "the last one is always there"
        );
    }
}
