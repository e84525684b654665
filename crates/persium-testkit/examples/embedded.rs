//! The core in a client of one's own, on threads and ureq, and its driver, by which the suite proves it.
//!
//! `cargo test -p persium-testkit --features conformance --example embedded` runs the suite. As a program it makes one call
//! of a kit.

use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use persium_core::{
    Authorize, Bearer, Call, Caller, Clock, Config, Error, Failure, FailureKind, LatestReading, Now,
    Operation, Phase, Response, Session, Step, Timestamp, Transmit, Version, api, model,
};
use persium_testkit::Kit;
use persium_testkit::conformance::{Driver, Setup};
use uuid::Uuid;

fn main() -> Result<(), Error> {
    let kit = Kit::start();
    let config = Config::from_lookup(|name| kit.lookup(name))?;
    let me = Embedded::connect(config, Setup::of(&kit))?.call(api::Me)?;
    println!("{} is known, and {} token was asked for", me.client_id, kit.token_requests());
    Ok(())
}

#[cfg(test)]
mod suite {
    persium_testkit::suite!(crate::Embedded, without tls client_certificates keep_alive gzip faults proxies secret_files limits deadlines headers closing
        stats rotation);
}

/// The driver: what the suite knows the client by.
#[derive(Clone)]
struct Embedded(Arc<Client>);

impl Driver for Embedded {
    fn connect(config: Config, setup: Setup) -> Result<Self, Error> {
        let clock = setup.clock.unwrap_or_else(|| Arc::new(System(Instant::now())));
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).max_redirects(0);
        let agent = agent.max_redirects_will_error(false).max_idle_connections(0).build().into();
        let config = Arc::new(config);
        let session = Mutex::new(Session::new(&config, 7));
        Ok(Self(Arc::new(Client { config, clock, agent, session, changed: Condvar::new() })))
    }

    fn call<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        self.0.run(|config, now| Call::new(operation, config, now))
    }

    fn bearer(&self) -> Result<Arc<Bearer>, Error> {
        self.0.run(|config, now| Authorize::new(now.monotonic + config.limits().call_timeout))
    }

    fn bearer_instead_of(&self, refused: &Bearer) -> Result<Arc<Bearer>, Error> {
        self.0.with_session(|session, now| session.refuse(now, refused));
        let deadline = |config: &Config, now: Now| now.monotonic + config.limits().call_timeout;
        self.0.run(|config, now| Authorize::new(deadline(&config, now)).instead_of(refused))
    }

    fn latest(&self, station: Uuid) -> Result<Option<model::Reading>, Error> {
        self.0.run(|config, now| LatestReading::new(station, config, now))
    }
}

/// What the clones of a client share.
struct Client {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    agent: ureq::Agent,
    session: Mutex<Session>,
    /// The session, or the time.
    changed: Condvar,
}

impl Client {
    /// The loop: poll, do as the step says, until it is done.
    fn run<C: Caller>(
        self: &Arc<Self>,
        make: impl FnOnce(Arc<Config>, Now) -> C,
    ) -> Result<C::Output, Error> {
        let mut caller = make(Arc::clone(&self.config), self.clock.now());
        loop {
            let (step, exchange) =
                self.with_session(|session, now| (caller.poll(now, session), session.poll_exchange(now)));
            if let Some(exchange) = exchange {
                let client = Arc::clone(self);
                thread::spawn(move || {
                    let outcome = client.transmit(exchange.transmit());
                    let finished = exchange.finish(outcome);
                    client.with_session(|session, now| session.handle_exchange(now, finished));
                });
            }
            match step {
                Step::Transmit(transmit) => caller.handle_outcome(self.transmit(*transmit)),
                Step::Await { seen, until } => self.wait(Some(seen), until),
                Step::Sleep { until } => self.wait(None, until),
                Step::Done(result) => return result,
            }
        }
    }

    fn with_session<T>(&self, change: impl FnOnce(&mut Session, Now) -> T) -> T {
        let mut session = self.lock();
        let before = session.version();
        let result = change(&mut session, self.clock.now());
        if session.version() != before {
            self.changed.notify_all();
        }
        result
    }

    fn wait(self: &Arc<Self>, seen: Option<Version>, until: Timestamp) {
        // Arranged unlocked: a clock may wake at once, and waking locks.
        let alarm = self.clock.wake_at(until, &Waker::from(Arc::clone(self)));
        let session = self.lock();
        let left = until.since(self.clock.now().monotonic);
        if left.is_zero() || seen.is_some_and(|seen| seen != session.version()) {
            return;
        }
        match alarm {
            Some(_) => drop(self.changed.wait(session)),
            None => drop(self.changed.wait_timeout(session, left)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One exchange, whole, and how far it came.
    fn transmit(&self, transmit: Transmit) -> Result<Response, Failure> {
        let timeout = transmit.timeout_at.since(self.clock.now().monotonic).max(Duration::from_millis(1));
        let outcome = if transmit.request.body().is_empty() {
            let request = self.agent.configure_request(transmit.request.map(drop));
            self.agent.run(request.timeout_global(Some(timeout)).build())
        } else {
            let request = self.agent.configure_request(transmit.request.map(Vec::from));
            self.agent.run(request.timeout_global(Some(timeout)).build())
        };
        let (parts, body) = outcome.map_err(|error| failure(Phase::Wait, error))?.into_parts();
        let mut bytes = Vec::new();
        let bound = u64::try_from(transmit.max_body).unwrap_or(u64::MAX).saturating_add(1);
        let read = body.into_reader().take(bound).read_to_end(&mut bytes);
        read.map_err(|error| failure(Phase::Body, error.into()))?;
        if transmit.max_body < bytes.len() {
            return Err(Failure::new(Phase::Body, FailureKind::TooLarge, "the body is too large"));
        }
        Ok(Response::from_parts(parts, Bytes::from(bytes)))
    }
}

/// An alarm of the clock's rings: whoever waits looks at the time.
impl Wake for Client {
    fn wake(self: Arc<Self>) {
        let _session = self.lock();
        self.changed.notify_all();
    }
}

/// What ureq's error means that came in `phase`, or earlier.
fn failure(phase: Phase, error: ureq::Error) -> Failure {
    let (phase, kind) = match &error {
        ureq::Error::HostNotFound => (Phase::Resolve, FailureKind::Refused),
        ureq::Error::Io(error) if error.to_string().contains("lookup address") => {
            (Phase::Resolve, FailureKind::Refused)
        }
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            (Phase::Connect, FailureKind::Refused)
        }
        ureq::Error::Timeout(_) => (phase, FailureKind::TimedOut),
        _ => (phase, FailureKind::Interrupted),
    };
    Failure::new(phase, kind, error)
}

/// The system's clocks; alarms are slept out.
struct System(Instant);

impl Clock for System {
    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
        Now { monotonic: Timestamp::from_elapsed(self.0.elapsed()), wall: wall.unwrap_or_default() }
    }
}
