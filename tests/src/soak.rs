//! A soak: callers without end, against a server that does everything wrong that it can, by a seed.
//!
//! What it proves is not that calls succeed, but that each ends, and in a way that is documented; that nothing is left
//! behind; that the testkit's invariants hold throughout; and that all is well again once the server is.

mod caller;
mod server;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use persium_core::{Config, Limits, api};
use persium_testkit::conformance::{Counts, Deadlines, Driver, Rotates, Setup};
use persium_testkit::{Chaos, Kit};

use caller::Caller;
use server::Server;

/// How many call at once.
pub const CALLERS: u64 = 64;

/// What came of a soak.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many calls ended in which way.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// The longest that a call took.
    pub longest: Duration,
    /// Requests to the token endpoint.
    pub token_requests: u64,
    /// Requests to the API.
    pub api_requests: u64,
}

impl Summary {
    fn note(&mut self, outcome: &'static str, took: Duration) {
        *self.outcomes.entry(outcome).or_default() += 1;
        self.longest = self.longest.max(took);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: u64 = self.outcomes.values().sum();
        write!(f, "{calls} calls, {} requests to the API", self.api_requests)?;
        write!(f, ", {} to the token endpoint, the longest call {:.1?}", self.token_requests, self.longest)?;
        self.outcomes.iter().try_for_each(|(outcome, count)| write!(f, "\n  {count:>8} {outcome}"))
    }
}

/// Runs [`CALLERS`] callers of one client, each for as long as `goes_on` says of the number of its calls.
///
/// # Panics
///
/// Where a call ends in an undocumented way, something is left behind, the testkit saw an invariant broken, or a call
/// fails after the server is well again.
pub fn soak<D>(seed: u64, goes_on: impl Fn(u64) -> bool + Sync) -> Summary
where
    D: Driver + Counts + Deadlines + Rotates,
{
    let chaos = Chaos::new(seed, 0.08, server::faults());
    let kit = Kit::builder().seed(seed).chaos(chaos).token_lifetime(Duration::from_secs(40)).start();
    let client = D::connect(config(&kit), Setup::of(&kit)).expect("a client of the kit can be made");
    let server = Server::new(&kit, &client, seed);
    let summary = Mutex::new(Summary::default());
    thread::scope(|scope| {
        for number in 0..CALLERS {
            let (server, summary, goes_on) = (&server, &summary, &goes_on);
            let mut caller = Caller::new(&client, &kit, seed, number);
            scope.spawn(move || {
                for _ in (0..).take_while(|calls| goes_on(*calls)) {
                    let begun = Instant::now();
                    let outcome = caller.call();
                    summary.lock().expect("no caller panics with it").note(outcome, begun.elapsed());
                    server.ended_a_call();
                }
            });
        }
    });
    server.heal();
    for _ in 0..CALLERS {
        client.call(api::Me).expect("the server is well again");
    }
    assert_eq!(client.stats().in_flight, 0, "every permit is given back");
    kit.verify();
    let mut summary = summary.into_inner().expect("no caller panics with it");
    (summary.token_requests, summary.api_requests) = (kit.token_requests(), kit.api_requests());
    summary
}

/// The kit's values, and shorter limits: what takes a minute by default is to happen often.
///
/// Not much shorter: on a machine that is busy with other things the kit may read a request after its client has given
/// up, and take the next attempt for one that did not heed the answer.
fn config(kit: &Kit) -> Config {
    let mut limits = Limits::default();
    limits.call_timeout = Duration::from_secs(15);
    limits.attempt_timeout = Duration::from_secs(4);
    limits.token_timeout = Duration::from_secs(4);
    limits.call_backoff = Duration::from_millis(500);
    Config::builder()
        .token_url(kit.token_url())
        .api_base_url(kit.api_base_url())
        .client_id(kit.client_id())
        .client_secret(kit.client_secret())
        .allow_loopback_http()
        .limits(limits)
        .build()
        .expect("what the kit hands out can be used")
}
