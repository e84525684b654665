//! A future dropped at any of its awaits, whatever the client was about: the awaits are found by counting polls, so that one
//! that is added is tried too.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use persium_core::{Clock, Limits, api};
use persium_hyper::{BearerLayer, Client};
use persium_testkit::conformance::{Driver, Setup, config_by, until, until_done};
use persium_testkit::{Chaos, Fault, Kit, Route, VirtualClock};
use persium_tests::drivers::Hyper;
use tower::{Layer, ServiceExt};

const SECOND: Duration = Duration::from_secs(1);

/// A client in virtual time, in the state that a test has brought it to.
struct World {
    kit: Kit,
    clock: VirtualClock,
    driver: Hyper,
    /// How many token requests the client may have made in the end.
    token_requests: u64,
}

impl World {
    fn cold() -> Self {
        let clock = VirtualClock::new();
        let kit = Kit::builder().clock(&clock).chaos(late()).start();
        let mut limits = Limits::default();
        limits.max_in_flight = 1;
        let setup = Setup::of(&kit).with_clock(&clock);
        let driver = Hyper::connect(config_by(&kit, limits), setup).expect("a client");
        Self { kit, clock, driver, token_requests: 1 }
    }

    fn with_a_token() -> Self {
        let world = Self::cold();
        world.kit.set_chaos(None);
        world.driver.call(api::Me).expect("all is well");
        world.kit.set_chaos(late());
        world
    }

    fn client(&self) -> Client {
        self.driver.client().clone()
    }

    /// Moves time on for whoever waits for it: a caller's pause, or an answer of the server's.
    fn nudge(&self) {
        let now = self.clock.now().monotonic;
        let next = self.clock.waiting().into_iter().min().filter(|at| *at <= now + SECOND * 6);
        if let Some(at) = next {
            self.clock.advance(at.since(now));
        } else if self.clock.delays() > 0 {
            self.clock.advance(SECOND);
        }
    }

    /// Polls `work` that many times, each time it is woken, and drops it. Whether it was over by then.
    fn dropped_after(&self, polls: usize, work: impl Future) -> bool {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        self.driver.runtime().block_on(async {
            let mut work = pin!(work);
            for poll in 1..=polls {
                if work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                    return true;
                }
                // The runtime goes on meanwhile: it has threads of its own.
                until(|| {
                    self.nudge();
                    poll == polls || woken.0.swap(false, Ordering::SeqCst)
                });
            }
            false
        })
    }

    /// Whoever comes next gets an answer, and nothing is left of whoever went.
    fn is_well(&self, polls: usize) {
        // Not the same request, or it would be taken for a repetition that comes too soon.
        self.kit.clear_faults();
        let station = self.kit.world().organisations()[0].stations()[0].uuid();
        let next = thread::spawn({
            let driver = self.driver.clone();
            move || driver.call(api::Station::new(station)).map(drop)
        });
        until(|| {
            self.nudge();
            next.is_finished()
        });
        until_done(&self.clock, next).unwrap_or_else(|error| panic!("after {polls} polls: {error}"));
        until(|| self.driver.client().stats().in_flight == 0);
        let made = self.kit.token_requests();
        assert!(made <= self.token_requests, "{made} token requests after {polls} polls");
    }
}

/// Every answer comes late, so that none can be there before it was waited for.
fn late() -> Chaos {
    Chaos::new(0, 1.0, [Fault::delay(SECOND)])
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Drops the work after no poll, after one, and so on, each time in a world of its own, until it is over by itself.
#[track_caller]
fn at_each_await<W: Future>(prepare: impl Fn() -> World, work: impl Fn(&World) -> W, awaits: usize) {
    for polls in 0.. {
        let world = prepare();
        let over = world.dropped_after(polls, work(&world));
        world.is_well(polls);
        if over {
            let made = world.kit.token_requests();
            assert_eq!(made, world.token_requests, "it was in the state that it is named after");
            assert!(
                awaits < polls,
                "it was to wait {awaits} times at least, and was over after {polls} polls"
            );
            return;
        }
    }
}

async fn me(client: Client) {
    client.me().await.expect("an answer");
}

#[test]
fn cold() {
    at_each_await(World::cold, |world| me(world.client()), 2);
}

#[test]
fn with_a_token_that_has_expired() {
    let prepare = || {
        let world = World { token_requests: 2, ..World::with_a_token() };
        world.clock.advance(SECOND * 300);
        world
    };
    at_each_await(prepare, |world| me(world.client()), 2);
}

#[test]
fn with_a_token_that_is_refused() {
    let prepare = || {
        let world = World { token_requests: 2, ..World::with_a_token() };
        world.clock.advance(SECOND * 10);
        world.kit.revoke_all();
        world
    };
    at_each_await(prepare, |world| me(world.client()), 3);
}

#[test]
fn in_the_pause_before_another_attempt() {
    let prepare = || {
        let world = World::with_a_token();
        world.kit.fail_next(Route::Me, StatusCode::SERVICE_UNAVAILABLE, 2);
        world
    };
    // Two pauses and the last answer; the others need not be waited for.
    at_each_await(prepare, |world| me(world.client()), 3);
}

#[test]
fn in_the_queue_for_a_permit() {
    let prepare = || {
        let world = World::with_a_token();
        world.kit.plan(Route::Me, &Fault::delay(SECOND * 3), 1);
        world.driver.runtime().spawn(me(world.client()));
        world.kit.until_delaying(1);
        world
    };
    at_each_await(prepare, |world| me(world.client()), 2);
}

#[test]
fn in_the_middle_of_a_walk() {
    let work = |world: &World| {
        let walk = world.client().stations();
        async { walk.collect_all().await.expect("every page").len() }
    };
    at_each_await(World::cold, work, 3);
}

#[test]
fn in_a_layer_of_towers_whose_token_is_refused() {
    let prepare = || {
        let world = World { token_requests: 2, ..World::with_a_token() };
        world.clock.advance(SECOND * 10);
        world.kit.revoke_all();
        world
    };
    let work = |world: &World| {
        let http = legacy::Client::builder(TokioExecutor::new()).build_http();
        let layer = BearerLayer::new(world.client(), |body: &Full<Bytes>| Some(body.clone()));
        let request = Request::get(format!("{}/me", world.kit.api_base_url())).body(Full::default());
        let answer = layer.layer(http).oneshot(request.expect("a request"));
        async { assert_eq!(answer.await.expect("an answer").status(), StatusCode::OK) }
    };
    at_each_await(prepare, work, 3);
}
