//! Persium on smol: an async runtime that is not tokio.
//!
//! The same loop and verbs as in `std_net.rs`, with an `await` at each. A future may be dropped at any of them: what it
//! leaves behind is a place among the waiters, which its `Drop` gives back.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "what an adapter is for")]

mod http1;
mod system_clock;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use std::{env, io, process};

use persium_core::{
    Call, Caller, Clock, Config, Error, Exchange, Failure, Now, Phase, Place, Response, Session, Step,
    Timestamp, Transmit, Version, Waiters, api,
};
use smol::Timer;
use smol::future;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::net::{TcpStream, resolve};

use system_clock::SystemClock;

/// What callers share: the session in the one mutex, and beside it the wakers of who waits.
pub(crate) struct Client {
    pub(crate) config: Arc<Config>,
    clock: Arc<dyn Clock>,
    shared: Mutex<(Session, Waiters)>,
}

impl Client {
    /// `seed` spreads retries and renewals: another one for each process.
    pub(crate) fn new(config: Config, clock: Arc<dyn Clock>, seed: u64) -> Arc<Self> {
        let config = Arc::new(config);
        let shared = Mutex::new((Session::new(&config, seed), Waiters::default()));
        Arc::new(Self { config, clock, shared })
    }

    /// The loop: poll, do as the step says, until it is done.
    pub(crate) async fn run<C: Caller>(
        self: &Arc<Self>,
        make: impl FnOnce(Now) -> C,
    ) -> Result<C::Output, Error> {
        let mut caller = make(self.clock.now());
        loop {
            let (step, exchange) =
                self.with_session(|session, now| (caller.poll(now, session), session.poll_exchange(now)));
            if let Some(exchange) = exchange {
                // In a task of its own: a caller that is dropped takes nobody's token along.
                smol::spawn(Arc::clone(self).perform(exchange)).detach();
            }
            match step {
                Step::Transmit(transmit) => caller.handle_outcome(self.transmit(*transmit).await),
                Step::Await { seen, until } => self.wait(Some(seen), until).await,
                Step::Sleep { until } => self.wait(None, until).await,
                Step::Done(result) => return result,
            }
        }
    }

    /// Lock: changes the session, briefly, and wakes who waits, unlocked again, if there is something new.
    pub(crate) fn with_session<T>(&self, change: impl FnOnce(&mut Session, Now) -> T) -> T {
        let mut guard = self.lock();
        let (session, waiters) = &mut *guard;
        let before = session.version();
        let result = change(session, self.clock.now());
        let woken = if session.version() == before { Vec::new() } else { waiters.take() };
        drop(guard);
        woken.into_iter().for_each(Waker::wake);
        result
    }

    /// Wait and sleep: until the version is no longer `seen`, or `until`.
    async fn wait(&self, seen: Option<Version>, until: Timestamp) {
        let mut seat = Seat { client: self, place: None };
        let (mut alarm, mut timer) = (None, None);
        poll_fn(|context| {
            if let Some(seen) = seen {
                let mut guard = self.lock();
                // Compared and joined under one lock: no change can slip in between.
                if guard.0.version() != seen {
                    return Poll::Ready(());
                }
                guard.1.join(&mut seat.place, context.waker());
            }
            let left = until.since(self.clock.now().monotonic);
            if left.is_zero() {
                return Poll::Ready(());
            }
            // A clock that a test moves wakes us; one that runs by itself is slept out.
            alarm = self.clock.wake_at(until, context.waker());
            if alarm.is_some() {
                return Poll::Pending;
            }
            Pin::new(timer.get_or_insert_with(|| Timer::after(left))).poll(context).map(drop)
        })
        .await;
    }

    /// Transmit: one request on a connection of its own. Sockets keep to real time.
    async fn transmit(&self, transmit: Transmit) -> Result<Response, Failure> {
        let left = transmit.timeout_at.since(self.clock.now().monotonic);
        let deadline = Instant::now() + left.max(Duration::from_millis(1));
        let target = http1::host_and_port(transmit.request.uri());
        let addresses = before(deadline, resolve(target)).await.map_err(http1::failed(Phase::Resolve))?;
        let stream = before(deadline, TcpStream::connect(&addresses[..])).await;
        let mut stream = stream.map_err(http1::failed(Phase::Connect))?;
        let bytes = http1::encode(&transmit.request)?;
        before(deadline, stream.write_all(&bytes)).await.map_err(http1::failed(Phase::Send))?;
        let (mut answer, mut chunk) = (http1::Answer::new(transmit.max_body), [0; 8192]);
        loop {
            let read = before(deadline, stream.read(&mut chunk)).await;
            if let Some(outcome) = answer.push(read.map(|read| &chunk[..read])) {
                return outcome;
            }
        }
    }

    /// An exchange with the token endpoint. If it is lost, its lease ends, and whoever polls next gets another.
    async fn perform(self: Arc<Self>, exchange: Exchange) {
        let outcome = self.transmit(exchange.transmit()).await;
        let finished = exchange.finish(outcome);
        self.with_session(|session, now| session.handle_exchange(now, finished));
    }

    fn lock(&self) -> MutexGuard<'_, (Session, Waiters)> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the I/O comes to, unless the time comes first.
async fn before<T>(deadline: Instant, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = async {
        Timer::at(deadline).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    future::or(work, late).await
}

/// A place among the waiters, given back when the wait ends or is dropped.
struct Seat<'a> {
    client: &'a Client,
    place: Option<Place>,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.client.lock().1.leave(place);
        }
    }
}

fn main() -> Result<(), Error> {
    let config = Config::from_lookup(|name| env::var_os(name))?;
    let client = Client::new(config, Arc::new(SystemClock::new()), process::id().into());
    let me = smol::block_on(client.run(|now| Call::new(api::Me, Arc::clone(&client.config), now)))?;
    println!("{}", me.client_id);
    Ok(())
}
