//! What is known of Keycloak: the realms it is started with, what each client of theirs comes to, where a real one is, and how
//! the fake is held against it request by request.

mod answer;
pub mod client;
pub mod corpus;
pub mod deviation;
pub mod difference;
mod exchange;
pub mod fake;
mod json;
mod mask;
pub mod mutate;
pub mod outcome;
pub mod realms;
pub mod recording;
mod server;

pub use answer::Answer;
pub use exchange::Peer;
pub use json::Json;
pub use server::Keycloak;

use std::collections::{BTreeMap, BTreeSet};

use corpus::Request;
use deviation::DEVIATIONS;
use difference::Difference;

/// What was found where the answers should be the same.
#[derive(Debug, Default)]
pub struct Found {
    /// The requests that each difference is seen at that no deviation allows.
    unexplained: BTreeMap<String, Vec<String>>,
    /// Which deviations were seen.
    seen: BTreeSet<usize>,
}

impl Found {
    /// Adds the differences in the answers to `request`, which `what` names.
    pub fn add(&mut self, what: &str, request: &Request, differences: Vec<Difference>) {
        for difference in differences {
            match deviation::explaining(request, &difference) {
                Some(deviation) => drop(self.seen.insert(deviation)),
                None => self.unexplained.entry(difference.to_string()).or_default().push(what.to_owned()),
            }
        }
    }

    /// Whether each deviation of the list was seen: what is on it and is not so would hide what comes later.
    ///
    /// # Panics
    ///
    /// Where one was not.
    #[track_caller]
    pub fn expect_every_deviation(&self) {
        let unseen = DEVIATIONS.iter().enumerate().filter(|(at, _)| !self.seen.contains(at));
        let unseen: Vec<_> = unseen.map(|(_, deviation)| deviation.what).collect();
        assert!(unseen.is_empty(), "these deviations are not seen: {unseen:#?}");
    }

    /// Whether all that was found is allowed.
    ///
    /// # Panics
    ///
    /// Where it is not: with a line for each difference, the most frequent first.
    #[track_caller]
    pub fn expect_nothing_unexplained(&self) {
        let mut found: Vec<_> = self.unexplained.iter().collect();
        found.sort_by_key(|(_, requests)| usize::MAX - requests.len());
        let lines = found.iter().map(|(difference, requests)| {
            let more = match requests.len() {
                1 => String::new(),
                several => format!(" and {} more", several - 1),
            };
            format!("{difference}\n    ({}{more})", requests[0])
        });
        let lines: Vec<_> = lines.collect();
        assert!(lines.is_empty(), "{} differences:\n{}", lines.len(), lines.join("\n"));
    }
}
