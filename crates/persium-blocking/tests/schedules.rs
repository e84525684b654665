//! Every wake-up of this crate, under schedules that a checker picks.
//!
//! The sources are the crate's own. What threads share and wait on comes to them through `crate::sync`, and is shuttle's
//! here: it runs one thread at a time, and decides at every lock, wait and wake-up which. A wake-up that is missed is a
//! deadlock, and is printed with the schedule that led there.
//!
//! `PERSIUM_SCHEDULES` says how many schedules each test tries, half of them at random, half with few changes of thread at
//! the worst places (PCT: Burckhardt et al., ASPLOS 2010).
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "the crate's own modules, of which a part is used"
)]

/// In place of `src/sync.rs`.
mod sync {
    use std::sync::{Arc, PoisonError};

    pub(crate) use shuttle::sync::atomic;
    pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use shuttle::{thread, thread_local};

    /// What is used of arc-swap: a value that is replaced as a whole.
    pub(crate) struct ArcSwapOption<T>(Mutex<Option<Arc<T>>>);

    impl<T> ArcSwapOption<T> {
        pub(crate) fn empty() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn load(&self) -> Option<Arc<T>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }

        pub(crate) fn store(&self, value: Option<Arc<T>>) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
        }
    }

    /// As many copies of a bearer.
    pub(crate) fn processors() -> usize {
        2
    }

    /// The checker numbers them anew in each schedule: a counter of its own would be one for all tests, which run at once.
    pub(crate) fn next_thread() -> usize {
        shuttle::current::me().into()
    }
}

#[path = "../src/cancel.rs"]
mod cancel;
#[path = "../src/census.rs"]
mod census;
#[path = "../src/connect.rs"]
mod connect;
#[path = "../src/exchange.rs"]
mod exchange;
#[path = "../src/failure.rs"]
mod failure;
#[path = "../src/gzip.rs"]
mod gzip;
#[path = "../src/park.rs"]
mod park;
#[path = "../src/permits.rs"]
mod permits;
#[path = "../src/published.rs"]
mod published;
#[path = "../src/secret.rs"]
mod secret;
#[path = "../src/sending.rs"]
mod sending;
#[path = "../src/shared.rs"]
mod shared;
#[path = "../src/timer.rs"]
mod timer;
#[path = "../src/tls.rs"]
mod tls;
#[path = "../src/trace.rs"]
mod trace;
#[path = "../src/transport.rs"]
mod transport;
#[path = "../src/verifier.rs"]
mod verifier;

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use persium_core::{
    Alarm, Authorize, Bearer, Call, Caller, Clock, Config, Error, Failure, Limits, Now, Response, Session,
    Step, Timestamp, api,
};
use shuttle::sync::{Condvar, Mutex};
use shuttle::thread::{self, JoinHandle};

use cancel::Cancel;
use shared::Shared;
use transport::Transport;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn whoever_waits_for_a_token_is_woken_by_its_coming() {
    check(|| {
        let world = World::new(16);
        let callers: Vec<_> = (0..3).map(|_| world.me(None)).collect();
        for caller in callers {
            caller.join().unwrap().unwrap();
        }
        assert_eq!(world.server.tokens(), 1);
    });
}

#[test]
fn whoever_sleeps_is_woken_by_the_clock_alone() {
    check(|| {
        let world = World::new(16);
        let until = world.clock.now().monotonic + SECOND * 2;
        let sleepers: Vec<_> = (0..2)
            .map(|_| {
                let shared = Arc::clone(&world.shared);
                thread::spawn(move || shared.authorize(None, |_| Nap(until)))
            })
            .collect();
        world.clock.advance(SECOND);
        world.clock.advance(SECOND);
        for sleeper in sleepers {
            sleeper.join().unwrap().unwrap();
        }
    });
}

#[test]
fn callers_refused_together_share_a_fresh_token_and_the_published_one_is_the_sessions() {
    check(|| {
        let world = World::new(16);
        world.me(None).join().unwrap().unwrap();
        world.server.revoke();
        let callers: Vec<_> = (0..3).map(|_| world.me(None)).collect();
        for caller in callers {
            caller.join().unwrap().unwrap();
        }
        assert_eq!(world.server.tokens(), 2);
        world.published_is_current();
    });
}

#[test]
fn a_refusal_beside_a_call_never_leaves_a_dropped_token_published() {
    check(|| {
        let world = World::new(16);
        let refuser = {
            let shared = Arc::clone(&world.shared);
            thread::spawn(move || {
                let deadline = |now: Now| Authorize::new(now.monotonic + SECOND * 60);
                let bearer = shared.authorize(None, deadline).unwrap();
                shared.with_session(|session, now| session.refuse(now, &bearer));
            })
        };
        let caller = world.me(None);
        refuser.join().unwrap();
        caller.join().unwrap().unwrap();
        world.published_is_current();
    });
}

#[test]
fn nobody_finds_an_older_token_after_anybody_found_a_newer_one() {
    check(|| {
        let world = World::new(16);
        world.me(None).join().unwrap().unwrap();
        // Within the renewal margin: the next token replaces this one while it is in use.
        world.clock.advance(SECOND * 3580);
        let caller = world.me(None);
        let newest = Arc::new(Mutex::new(None));
        let look = || {
            let (shared, newest) = (Arc::clone(&world.shared), Arc::clone(&newest));
            thread::spawn(move || {
                loop {
                    let before = newest.lock().unwrap().clone();
                    let found = shared.authorize(None, |_| Look).unwrap();
                    let Some(found) = found.map(|bearer| bearer.header().to_str().unwrap().to_owned()) else {
                        thread::yield_now();
                        continue;
                    };
                    assert!(before.as_ref() <= Some(&found), "{found} after {before:?}");
                    let is_new = found == "Bearer t2";
                    let mut newest = newest.lock().unwrap();
                    *newest = newest.take().max(Some(found));
                    if is_new {
                        return;
                    }
                    drop(newest);
                    thread::yield_now();
                }
            })
        };
        let readers = [look(), look()];
        caller.join().unwrap().unwrap();
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn whoever_waits_for_a_permit_is_woken_when_one_is_given_back() {
    check(|| {
        let world = World::new(1);
        let callers: Vec<_> = (0..3).map(|_| world.me(None)).collect();
        for caller in callers {
            caller.join().unwrap().unwrap();
        }
        assert_eq!(world.shared.stats().in_flight, 0);
        assert_eq!(world.server.most_at_once(), 1);
    });
}

#[test]
fn a_cancelled_call_ends_whatever_it_waits_for() {
    check(|| {
        let world = World::new(1);
        world.server.shut();
        let cancel = Cancel::new();
        let callers: Vec<_> = (0..2).map(|_| world.me(Some(cancel.clone()))).collect();
        cancel.cancel();
        for caller in callers {
            assert!(caller.join().unwrap().unwrap_err().is_canceled());
        }
        // Nobody else is held up by what they left.
        world.server.open();
        world.me(None).join().unwrap().unwrap();
    });
}

#[test]
fn whoever_closes_is_woken_when_nothing_is_out_any_more() {
    check(|| {
        let world = World::new(1);
        let callers: Vec<_> = (0..2).map(|_| world.me(None)).collect();
        world.shared.close(SECOND * 100);
        assert_eq!(world.shared.stats().in_flight, 0);
        for caller in callers {
            if let Err(error) = caller.join().unwrap() {
                assert!(error.is_canceled(), "{error}");
            }
        }
    });
}

/// Tries a scenario under many schedules.
fn check(scenario: fn()) {
    let schedules = env::var("PERSIUM_SCHEDULES").map_or(400, |count| count.parse().unwrap());
    shuttle::check_random(scenario, schedules / 2);
    shuttle::check_pct(scenario, schedules / 2, 3);
}

/// A client, its server and its clock, which stands still unless it is moved: only what happens wakes anybody.
struct World {
    shared: Arc<Shared>,
    server: Arc<Server>,
    clock: Arc<TestClock>,
}

impl World {
    fn new(permits: usize) -> Self {
        let mut limits = Limits::default();
        limits.max_in_flight = permits;
        let config = Config::builder()
            .token_url("https://id.test/token")
            .api_base_url("https://api.test")
            .client_id("id")
            .client_secret("secret")
            .limits(limits)
            .build();
        let (server, clock) = (Arc::new(Server::default()), Arc::new(TestClock::default()));
        let (transport, time) = (Arc::clone(&server), Arc::clone(&clock));
        let shared = Shared::new(Arc::new(config.unwrap()), time, transport, None, 7);
        Self { shared: Arc::new(shared), server, clock }
    }

    /// A call on a thread of its own.
    fn me(&self, cancel: Option<Cancel>) -> JoinHandle<Result<(), Error>> {
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || {
            let config = Arc::clone(&shared.config);
            shared.call(cancel.as_ref(), |now| Call::new(api::Me, config, now)).map(drop)
        })
    }

    fn published_is_current(&self) {
        let published = self.shared.authorize(None, |_| Look).unwrap();
        let current = self.shared.with_session(|session, _| session.bearer().cloned());
        // By value, generation and expiries included: each processor has a copy of its own.
        assert_eq!(published, current);
    }
}

/// Issues `t1`, `t2` and so on, and takes the last one alone.
#[derive(Default)]
struct Server {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    tokens: u64,
    valid: u64,
    is_shut: bool,
    calls_out: usize,
    most_at_once: usize,
}

impl Server {
    fn tokens(&self) -> u64 {
        self.state.lock().unwrap().tokens
    }

    fn most_at_once(&self) -> usize {
        self.state.lock().unwrap().most_at_once
    }

    fn revoke(&self) {
        self.state.lock().unwrap().valid = 0;
    }

    /// Nothing is answered from now on.
    fn shut(&self) {
        self.state.lock().unwrap().is_shut = true;
    }

    fn open(&self) {
        self.state.lock().unwrap().is_shut = false;
        self.changed.notify_all();
    }
}

impl Transport for Server {
    fn transmit(&self, request: Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
        let is_call = request.uri().path() != "/token";
        let mut state = self.state.lock().unwrap();
        state.calls_out += usize::from(is_call);
        state.most_at_once = state.most_at_once.max(state.calls_out);
        drop(state);
        thread::yield_now();
        let mut state = self.state.lock().unwrap();
        while state.is_shut {
            state = self.changed.wait(state).unwrap();
        }
        state.calls_out -= usize::from(is_call);
        let (status, body) = if is_call {
            let valid = format!("Bearer t{}", state.valid);
            let accepted = request.headers()["authorization"] == valid.as_str();
            (if accepted { 200 } else { 401 }, r#"{"client_id":"id"}"#.to_owned())
        } else {
            state.tokens += 1;
            state.valid = state.tokens;
            (200, format!(r#"{{"access_token":"t{}","expires_in":3600}}"#, state.tokens))
        };
        Ok(http::Response::builder().status(status).body(Bytes::from(body)).unwrap())
    }
}

/// A caller that sleeps, and nothing else.
struct Nap(Timestamp);

impl Caller for Nap {
    type Output = ();

    fn deadline(&self) -> Timestamp {
        self.0 + SECOND
    }

    fn poll_published(&mut self, _: Now, _: Option<&Arc<Bearer>>) -> Option<Step<()>> {
        None
    }

    fn poll(&mut self, now: Now, _: &mut Session) -> Step<()> {
        if self.0 <= now.monotonic { Step::Done(Ok(())) } else { Step::Sleep { until: self.0 } }
    }

    fn handle_outcome(&mut self, _: Result<Response, Failure>) {}
}

/// A caller that looks at the published token, and at nothing else.
struct Look;

impl Caller for Look {
    type Output = Option<Arc<Bearer>>;

    fn deadline(&self) -> Timestamp {
        Timestamp::ZERO
    }

    fn poll_published(&mut self, _: Now, bearer: Option<&Arc<Bearer>>) -> Option<Step<Self::Output>> {
        Some(Step::Done(Ok(bearer.cloned())))
    }

    fn poll(&mut self, _: Now, _: &mut Session) -> Step<Self::Output> {
        unreachable!("it is done by then")
    }

    fn handle_outcome(&mut self, _: Result<Response, Failure>) {}
}

/// A clock that moves when it is told to, with locks that the checker sees.
#[derive(Default)]
struct TestClock(Arc<Mutex<Alarms>>);

#[derive(Default)]
struct Alarms {
    elapsed: Duration,
    next: u64,
    pending: BTreeMap<(Timestamp, u64), Waker>,
}

impl TestClock {
    fn advance(&self, by: Duration) {
        let mut alarms = self.0.lock().unwrap();
        alarms.elapsed += by;
        let now = Timestamp::from_elapsed(alarms.elapsed);
        let later = alarms.pending.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut alarms.pending, later);
        drop(alarms);
        due.into_values().for_each(Waker::wake);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Now {
        let elapsed = self.0.lock().unwrap().elapsed;
        Now { monotonic: Timestamp::from_elapsed(elapsed), wall: elapsed }
    }

    fn wake_at(&self, at: Timestamp, waker: &Waker) -> Option<Alarm> {
        let mut alarms = self.0.lock().unwrap();
        if at <= Timestamp::from_elapsed(alarms.elapsed) {
            drop(alarms);
            waker.wake_by_ref();
            return Some(Alarm::new(()));
        }
        let key = (at, alarms.next);
        alarms.next += 1;
        alarms.pending.insert(key, waker.clone());
        Some(Alarm::new(CallOff(Arc::clone(&self.0), key)))
    }
}

/// Takes its alarm back when it is dropped.
struct CallOff(Arc<Mutex<Alarms>>, (Timestamp, u64));

impl Drop for CallOff {
    fn drop(&mut self) {
        let called_off = self.0.lock().unwrap().pending.remove(&self.1);
        // After the lock: a waker's own drop may be anything.
        drop(called_off);
    }
}
