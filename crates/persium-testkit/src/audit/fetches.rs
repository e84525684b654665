//! Token requests by client: how many at once, and how soon after a refusal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use persium_core::Timestamp;

use super::{Invariant, Outcome};

/// How long a client whose credentials were refused has to wait: a second, as clocks that tick coarsely see it.
const PAUSE: Duration = Duration::from_millis(980);

#[derive(Debug, Default)]
pub(super) struct Fetches {
    clients: BTreeMap<String, Client>,
    most_at_once: usize,
}

#[derive(Debug, Default)]
struct Client {
    out: BTreeSet<u64>,
    /// The prints of the secrets that were shown, by request: to know which one was refused.
    shown: BTreeMap<u64, u64>,
    /// When credentials were refused last, and the print of their secret.
    refused: Option<(Timestamp, u64)>,
}

impl Fetches {
    pub(super) fn most_at_once(&self) -> usize {
        self.most_at_once
    }

    pub(super) fn on_request(
        &mut self,
        now: Timestamp,
        number: u64,
        client_id: &str,
        print: u64,
    ) -> Vec<(Invariant, String)> {
        let client = self.clients.entry(client_id.to_owned()).or_default();
        let mut found = Vec::new();
        if let Some(earlier) = client.out.first() {
            let text =
                format!("client {client_id} asks for a token while its request {earlier} is on its way");
            found.push((Invariant::SingleFetch, text));
        }
        if let Some((at, refused)) = client.refused
            && refused == print
            && now.since(at) < PAUSE
        {
            let since = now.since(at);
            let text = format!("client {client_id} shows refused credentials again after {since:?}");
            found.push((Invariant::NoHammering, text));
        }
        client.out.insert(number);
        client.shown.insert(number, print);
        self.most_at_once = self.most_at_once.max(client.out.len());
        found
    }

    pub(super) fn on_outcome(&mut self, outcome: &Outcome) {
        for client in self.clients.values_mut() {
            let Some(print) = client.shown.remove(&outcome.number) else { continue };
            if outcome.is_credential_error {
                client.refused = Some((outcome.now.monotonic, print));
            }
        }
    }

    pub(super) fn on_end(&mut self, number: u64) {
        for client in self.clients.values_mut() {
            client.out.remove(&number);
        }
    }
}
