//! Inside the renewal window: a token that is good and shall be renewed. Nobody waits for that.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use persium_core::{Clock, Config, Now};
use tokio::sync::Semaphore;

use crate::Effort;
use crate::endpoint::{Answer, Endpoint, When};
use crate::sources;
use crate::spread::{milliseconds, percentile};
use crate::table::Table;
use crate::verdict::Verdicts;

/// Of the token, in seconds: the last 30 are its window, less up to a quarter.
const LIFETIME: u32 = 300;
/// Within the window, and before the token is handed out no more.
const SOON: Duration = Duration::from_secs(285);
/// Whoever waits for the renewal waits for ten seconds, for it is not answered before all callers are.
const WAITED: Duration = Duration::from_secs(1);

#[must_use]
pub fn tables(effort: Effort, verdicts: &mut Verdicts) -> Vec<Table> {
    let mut table = Table::new(
        "Callers at once within the renewal window, while the endpoint holds the answer back until the last caller has \
         its token:",
        &["client", "callers", "waited for it", "longest call, ms", "token requests, first and renewal"],
    );
    let herds: [(&str, fn(Scene, usize) -> Vec<Duration>, usize); 2] =
        [("persium-hyper", tasks, effort.size(10_000)), ("persium-blocking", threads, effort.size(500))];
    for (name, herd, callers) in herds {
        let permits = Arc::new(Semaphore::new(1));
        let endpoint = Endpoint::start(Answer::Token(LIFETIME), When::Permitted(Arc::clone(&permits)));
        let clock = Arc::new(Ahead(AtomicU64::new(0)));
        let scene = Scene { config: config(&endpoint), clock };
        let mut waits = herd(scene, callers);
        let waited = waits.iter().filter(|wait| WAITED < **wait).count();
        // The renewal was sent by the first of them, and is on its way or there.
        let until = Instant::now() + Duration::from_secs(10);
        while endpoint.requests() < 2 && Instant::now() < until {
            thread::yield_now();
        }
        let requests = endpoint.requests();
        permits.add_permits(1);
        verdicts.exactly(&format!("{name}: callers who wait within the renewal window"), 0, waited);
        verdicts.exactly(&format!("{name}: token requests, renewal included"), 2, requests);
        table.row([
            name.to_owned(),
            callers.to_string(),
            waited.to_string(),
            format!("{:.1}", milliseconds(percentile(&mut waits, 1.0))),
            requests.to_string(),
        ]);
    }
    vec![table]
}

struct Scene {
    config: Config,
    clock: Arc<Ahead>,
}

fn tasks(scene: Scene, callers: usize) -> Vec<Duration> {
    let clock = Arc::clone(&scene.clock);
    let client = persium_hyper::Client::builder(scene.config).clock(clock).build();
    let client = client.expect("nothing is read from the system");
    let runtime = sources::large_runtime();
    runtime.block_on(client.bearer()).expect("the first is answered");
    scene.clock.set(SOON);
    let one = |_| {
        let client = client.clone();
        runtime.spawn(async move {
            let begun = Instant::now();
            client.bearer().await.expect("the token is good");
            begun.elapsed()
        })
    };
    let callers: Vec<_> = (0..callers).map(one).collect();
    let waits = callers.into_iter().map(|caller| runtime.block_on(caller).expect("no panic")).collect();
    // The renewal is a task of this runtime, and is still to be sent, or answered.
    mem::forget(runtime);
    waits
}

fn threads(scene: Scene, callers: usize) -> Vec<Duration> {
    let clock = Arc::clone(&scene.clock);
    let client = persium_blocking::Client::builder(scene.config).clock(clock).build();
    let client = client.expect("nothing is read from the system");
    client.bearer().expect("the first is answered");
    scene.clock.set(SOON);
    let one = |_| {
        let client = client.clone();
        thread::spawn(move || {
            let begun = Instant::now();
            client.bearer().expect("the token is good");
            begun.elapsed()
        })
    };
    let callers: Vec<_> = (0..callers).map(one).collect();
    callers.into_iter().map(|caller| caller.join().expect("no panic")).collect()
}

fn config(endpoint: &Endpoint) -> Config {
    let config = Config::builder().token_url(endpoint.url()).api_base_url("http://127.0.0.1:1");
    let config = config.allow_loopback_http().client_id("bench").client_secret("bench");
    config.build().expect("all is told")
}

/// The system's clocks, moved on.
struct Ahead(AtomicU64);

impl Ahead {
    fn set(&self, ahead: Duration) {
        self.0.store(ahead.as_secs(), Ordering::Relaxed);
    }
}

impl Clock for Ahead {
    fn now(&self) -> Now {
        let ahead = Duration::from_secs(self.0.load(Ordering::Relaxed));
        let Now { monotonic, wall } = persium_hyper::SystemClock::default().now();
        Now { monotonic: monotonic + ahead, wall: wall + ahead }
    }
}
