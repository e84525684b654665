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

use std::collections::BTreeMap;

use corpus::Request;
use difference::Difference;

/// What was found where the answers should be the same, and no deviation allows it.
#[derive(Debug, Default)]
pub struct Unexplained(BTreeMap<String, Vec<String>>);

impl Unexplained {
    /// Adds the differences in the answers to `request`, which `what` names.
    pub fn add(&mut self, what: &str, request: &Request, differences: Vec<Difference>) {
        let unknown = differences.into_iter().filter(|found| deviation::explaining(request, found).is_none());
        for difference in unknown {
            self.0.entry(difference.to_string()).or_default().push(what.to_owned());
        }
    }

    /// # Panics
    ///
    /// Where there is any: with a line for each difference, the most frequent first.
    #[track_caller]
    pub fn expect_none(self) {
        let mut found: Vec<_> = self.0.into_iter().collect();
        found.sort_by_key(|(_, requests)| usize::MAX - requests.len());
        let lines = found.iter().map(|(difference, requests)| {
            let more =
                if requests.len() > 1 { format!(" and {} more", requests.len() - 1) } else { String::new() };
            format!("{difference}\n    ({}{more})", requests[0])
        });
        let lines: Vec<_> = lines.collect();
        assert!(lines.is_empty(), "{} differences:\n{}", lines.len(), lines.join("\n"));
    }
}
