//! Callers who all want a token at once, where there is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::endpoint::{Answer, Endpoint, When};
use crate::fetch::Fetch;
use crate::sources::{self, Contestant, Source, Takes};
use crate::spread::{Spread, milliseconds, percentile};
use crate::table::Table;
use crate::verdict::Verdicts;
use crate::{ANSWER, Effort};

const COLD: usize = 10_000;
const FAILING: usize = 100;
const ROUNDS: usize = 9;
/// How long a herd is watched that is told again and again: some wait for one another, and try several times each.
const PATIENCE: Duration = Duration::from_secs(10);

#[must_use]
pub fn tables(effort: Effort, verdicts: &mut Verdicts) -> Vec<Table> {
    vec![cold(effort, verdicts), failing(verdicts)]
}

/// How a herd fared.
pub struct Herd {
    /// How long each caller waited.
    pub waits: Vec<Duration>,
    /// How many were handed a token.
    pub served: usize,
}

/// So many callers, each a task.
pub async fn herd(takes: &Arc<dyn Takes>, callers: usize) -> Herd {
    let one = |_| {
        let takes = Arc::clone(takes);
        tokio::spawn(async move {
            let begun = Instant::now();
            let taken = takes.take_one().await;
            (begun.elapsed(), taken.is_ok())
        })
    };
    let callers: Vec<_> = (0..callers).map(one).collect();
    let mut herd = Herd { waits: Vec::with_capacity(callers.len()), served: 0 };
    for caller in callers {
        let (wait, served) = caller.await.expect("no panic");
        herd.waits.push(wait);
        herd.served += usize::from(served);
    }
    herd
}

fn contestants() -> Vec<Contestant> {
    let herding = sources::ALL.into_iter().filter(|contestant| contestant.herds);
    [Contestant::of::<Bare>()].into_iter().chain(herding).collect()
}

fn cold(effort: Effort, verdicts: &mut Verdicts) -> Table {
    let callers = effort.size(COLD);
    let runtime = sources::large_runtime();
    let contestants = contestants();
    let mut figures = vec![(Vec::new(), 0); contestants.len()];
    for _ in 0..effort.rounds(ROUNDS) {
        for (contestant, (p99, requests)) in contestants.iter().zip(&mut figures) {
            let endpoint = Endpoint::start(Answer::Token(3600), When::After(ANSWER));
            let url = endpoint.url();
            let herd = async {
                let takes = contestant.cold(&url).await;
                herd(&takes, callers).await
            };
            let mut herd = runtime.block_on(herd);
            p99.push(milliseconds(percentile(&mut herd.waits, 0.99)));
            *requests = endpoint.requests().max(*requests);
        }
    }
    let title = format!(
        "{callers} callers at once, no token yet, and an endpoint that takes {} ms: how often it was asked, at most, and \
         how long 99 of 100 callers waited at most:",
        ANSWER.as_millis()
    );
    let mut table = Table::new(title, &["source", "token requests", "p99, ms", "part of the bare runtime's"]);
    let bare = figures[0].0.clone();
    for (at, (contestant, (p99, requests))) in contestants.iter().zip(figures).enumerate() {
        let part = Spread::of_ratios(&p99, &bare);
        if at == 1 {
            verdicts.exactly("persium-hyper: token requests of a cold herd", 1, requests);
            verdicts.at_most("persium-hyper: p99 of a cold herd, part of the bare runtime's", 1.1, part);
        }
        let spread = Spread::of(p99);
        table.row([
            contestant.name.to_owned(),
            requests.to_string(),
            format!("{spread:.1}"),
            part.to_string(),
        ]);
    }
    table
}

/// All herds at the same time: they do nothing but wait.
fn failing(verdicts: &mut Verdicts) -> Table {
    let runtime = sources::large_runtime();
    let contestants = contestants();
    let begin = |contestant: &Contestant| {
        let endpoint = Endpoint::start(Answer::Refusal, When::After(ANSWER));
        let cold = contestant.cold(&endpoint.url());
        let callers = runtime.spawn(async {
            let takes = cold.await;
            tokio::time::timeout(PATIENCE, herd(&takes, FAILING)).await.ok()
        });
        (endpoint, callers)
    };
    let begun: Vec<_> = contestants.iter().map(begin).collect();
    let title = format!(
        "{FAILING} callers at once, and an endpoint that refuses them, which takes it {} ms:",
        ANSWER.as_millis()
    );
    let mut table = Table::new(title, &["source", "token requests", "the last was told after, ms"]);
    for (at, (contestant, (endpoint, callers))) in contestants.iter().zip(begun).enumerate() {
        let herd = runtime.block_on(callers).expect("no panic");
        let requests = endpoint.requests();
        if at == 1 {
            verdicts.exactly("persium-hyper: token requests of 100 callers who are refused", 1, requests);
            let told = herd.as_ref().map_or(0, |herd| FAILING - herd.served);
            verdicts.exactly("persium-hyper: callers told so by that one", FAILING, told);
        }
        let last = match herd {
            Some(mut herd) => format!("{:.0}", milliseconds(percentile(&mut herd.waits, 1.0))),
            None => format!("more than {}", PATIENCE.as_millis()),
        };
        table.row([contestant.name.to_owned(), requests.to_string(), last]);
    }
    table
}

/// What waiting for an answer costs without any of it: one task asks, and the others are woken.
struct Bare {
    fetch: Fetch,
    leads: AtomicBool,
    answered: watch::Sender<bool>,
}

impl Source for Bare {
    const NAME: &'static str = "bare runtime: one asks, all are woken";
    const ENDS_WITH: &'static str = "nothing";

    async fn start(endpoint: &str) -> Self {
        let (answered, _) = watch::channel(false);
        Self { fetch: Fetch::new(endpoint), leads: AtomicBool::new(false), answered }
    }

    async fn take(&self) -> Result<(), String> {
        if self.leads.swap(true, Ordering::Relaxed) {
            let mut answered = self.answered.subscribe();
            return answered
                .wait_for(|answered| *answered)
                .await
                .map(drop)
                .map_err(|error| error.to_string());
        }
        let outcome = self.fetch.token().await;
        self.answered.send_replace(true);
        outcome.map(drop)
    }
}
