//! Persium on `std` alone: its sockets, its threads, and whatever clock it is given. The one to learn from.
//!
//! An adapter is a loop and four verbs: lock, wait, sleep, transmit. Everything else is decided in the core. Try it with
//! `persium fake` in another terminal, and what that prints in the environment:
//! `cargo run -p persium-core --example std_net`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "what an adapter is for")]

mod http1;
mod system_clock;

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use persium_core::{
    Call, Caller, Clock, Config, Error, Exchange, Failure, Now, Phase, Response, Session, Step, Timestamp,
    Transmit, Version, api,
};

use system_clock::SystemClock;

/// What callers share. The session is in the one mutex; whoever waits sleeps on the one condition variable.
pub(crate) struct Client {
    pub(crate) config: Arc<Config>,
    clock: Arc<dyn Clock>,
    session: Mutex<Session>,
    changed: Condvar,
}

impl Client {
    /// `seed` spreads retries and renewals: another one for each process.
    pub(crate) fn new(config: Config, clock: Arc<dyn Clock>, seed: u64) -> Arc<Self> {
        let config = Arc::new(config);
        let session = Mutex::new(Session::new(&config, seed));
        Arc::new(Self { config, clock, session, changed: Condvar::new() })
    }

    /// The loop: poll, do as the step says, until it is done.
    pub(crate) fn run<C: Caller>(self: &Arc<Self>, make: impl FnOnce(Now) -> C) -> Result<C::Output, Error> {
        let mut caller = make(self.clock.now());
        loop {
            // Both under one lock: what the caller sets off is performed by exactly one thread.
            let (step, exchange) =
                self.with_session(|session, now| (caller.poll(now, session), session.poll_exchange(now)));
            if let Some(exchange) = exchange {
                // Apart from this caller: it may have a token that serves while the next one is fetched.
                let client = Arc::clone(self);
                let _ = thread::Builder::new().spawn(move || client.perform(exchange));
            }
            match step {
                Step::Transmit(transmit) => caller.handle_outcome(self.transmit(*transmit)),
                Step::Await { seen, until } => self.wait(Some(seen), until),
                Step::Sleep { until } => self.wait(None, until),
                Step::Done(result) => return result,
            }
        }
    }

    /// Lock: changes the session, briefly, and tells who waits if there is something new.
    pub(crate) fn with_session<T>(&self, change: impl FnOnce(&mut Session, Now) -> T) -> T {
        let mut session = self.lock();
        let before = session.version();
        let result = change(&mut session, self.clock.now());
        if session.version() != before {
            self.changed.notify_all();
        }
        result
    }

    /// Wait and sleep: until the version is no longer `seen`, or `until`.
    fn wait(self: &Arc<Self>, seen: Option<Version>, until: Timestamp) {
        // A clock that a test moves wakes us. Arranged before locking, since it may do so at once.
        let alarm = self.clock.wake_at(until, &Waker::from(Arc::clone(self)));
        let mut session = self.lock();
        // Compared under the lock that every change is made under: no change can slip in between.
        while seen.is_none_or(|seen| session.version() == seen) {
            let left = until.since(self.clock.now().monotonic);
            session = match alarm {
                _ if left.is_zero() => return,
                Some(_) => self.changed.wait(session).unwrap_or_else(PoisonError::into_inner),
                None => self.changed.wait_timeout(session, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Transmit: one request on a connection of its own. Sockets keep to real time.
    fn transmit(&self, transmit: Transmit) -> Result<Response, Failure> {
        let deadline = Instant::now() + transmit.timeout_at.since(self.clock.now().monotonic);
        // A timeout of nothing would be none.
        let left = || deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let target = http1::host_and_port(transmit.request.uri());
        let addresses = target.to_socket_addrs().map_err(http1::failed(Phase::Resolve))?;
        let mut stream = Err(io::ErrorKind::AddrNotAvailable.into());
        for address in addresses {
            stream = stream.or_else(|_: io::Error| TcpStream::connect_timeout(&address, left()));
        }
        let mut stream = stream.map_err(http1::failed(Phase::Connect))?;
        let bytes = http1::encode(&transmit.request)?;
        stream.set_write_timeout(Some(left())).map_err(http1::failed(Phase::Send))?;
        stream.write_all(&bytes).map_err(http1::failed(Phase::Send))?;
        let (mut answer, mut chunk) = (http1::Answer::new(transmit.max_body), [0; 8192]);
        loop {
            let read = stream.set_read_timeout(Some(left())).and_then(|()| stream.read(&mut chunk));
            if let Some(outcome) = answer.push(read.map(|read| &chunk[..read])) {
                return outcome;
            }
        }
    }

    /// An exchange with the token endpoint. If it is lost, for want of a thread or by a panic, its lease ends, and whoever
    /// polls next gets another.
    fn perform(&self, exchange: Exchange) {
        let outcome = self.transmit(exchange.transmit());
        let finished = exchange.finish(outcome);
        self.with_session(|session, now| session.handle_exchange(now, finished));
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An alarm of the clock's. It rings under the lock, or it could ring between a look at the clock and the wait after it.
impl Wake for Client {
    fn wake(self: Arc<Self>) {
        let _session = self.lock();
        self.changed.notify_all();
    }
}

fn main() -> Result<(), Error> {
    let config = Config::from_lookup(|name| env::var_os(name))?;
    let client = Client::new(config, Arc::new(SystemClock::new()), process::id().into());
    let me = client.run(|now| Call::new(api::Me, Arc::clone(&client.config), now))?;
    println!("{}", me.client_id);
    Ok(())
}
