//! What the clones of one client share: the session behind its mutex, the bearer beside it.

use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::time::Duration;

use persium_core::diagnosis::{Habits, Polls};
use persium_core::telemetry::ErrorType;
use persium_core::{
    Caller, Clock, Config, Error, Failure, Now, Place, Response, Session, Stats, Step, Timestamp, Transmit,
    Version, Waiters,
};

use crate::cancel::Cancel;
use crate::census;
use crate::exchange;
use crate::park::{Parker, with_parker};
use crate::permits::{Permit, Permits, Taken};
use crate::published::Published;
use crate::secret::SecretFile;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::trace;
use crate::transport::{self, Transport};

pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Arc<dyn Clock>,
    transport: Arc<dyn Transport>,
    /// Where the secret is read anew, if it lies in a file.
    pub(crate) secret: Option<SecretFile>,
    /// One for each request that may be out: [`max_in_flight`](persium_core::Limits::max_in_flight).
    permits: Arc<Permits>,
    calls: AtomicU64,
    pub(crate) polls: Polls,
    closed: AtomicBool,
    session: Mutex<(Session, Waiters)>,
    published: Published,
}

impl Shared {
    pub(crate) fn new(
        config: Arc<Config>,
        clock: Arc<dyn Clock>,
        transport: Arc<dyn Transport>,
        secret: Option<SecretFile>,
        seed: u64,
    ) -> Self {
        Self {
            permits: Arc::new(Permits::new(config.limits().max_in_flight)),
            calls: AtomicU64::new(0),
            polls: Polls::default(),
            closed: AtomicBool::new(false),
            secret,
            session: Mutex::new((Session::new(&config, seed), Waiters::default())),
            published: Published::new(),
            config,
            clock,
            transport,
        }
    }

    /// Drives a caller that sends nothing itself.
    pub(crate) fn authorize<C: Caller>(
        self: &Arc<Self>,
        cancel: Option<&Cancel>,
        make: impl FnOnce(Now) -> C,
    ) -> Result<C::Output, Error> {
        self.is_open()?;
        let now = self.clock.now();
        let mut caller = make(now);
        // The cached path, which is told to nobody.
        match self.published.with(|bearer| caller.poll_published(now, bearer)) {
            Some(Step::Done(result)) if !cancel.is_some_and(Cancel::is_canceled) => result,
            _ => self.run(cancel, |_| caller, None),
        }
    }

    /// Drives a caller that sends requests: at most as many at once as there are permits.
    pub(crate) fn call<C: Caller>(
        self: &Arc<Self>,
        cancel: Option<&Cancel>,
        make: impl FnOnce(Now) -> C,
    ) -> Result<C::Output, Error> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.run(cancel, make, Some(&self.permits))
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.with_session(|session, now| session.stats(now));
        stats.calls = self.calls.load(Ordering::Relaxed);
        stats.in_flight = self.permits.out();
        stats
    }

    /// Waits until nothing is out, for at most `timeout`; whoever asks for a permit or a token from now on is turned away.
    pub(crate) fn close(&self, timeout: Duration) {
        self.closed.store(true, Ordering::Release);
        self.permits.close();
        let until = self.clock.now().monotonic + timeout;
        with_parker(|parker, waker| {
            let mut place = None;
            while !self.permits.are_back(&mut place, waker) && self.park(parker, waker, None, until) {}
            if let Some(place) = place {
                self.permits.leave(place);
            }
        });
    }

    /// What this client did.
    pub(crate) fn did(&self) -> Habits {
        Habits::of(&self.stats(), &self.polls)
    }

    /// What all clients of these credentials did.
    pub(crate) fn habits(&self) -> Habits {
        census::habits(self)
    }

    /// A call, told as one.
    fn run<C: Caller>(
        self: &Arc<Self>,
        cancel: Option<&Cancel>,
        make: impl FnOnce(Now) -> C,
        permits: Option<&Arc<Permits>>,
    ) -> Result<C::Output, Error> {
        let span = trace::call::<C>();
        let result = span.in_scope(|| self.drive(cancel, make, permits));
        trace::called(&span, &result);
        result
    }

    /// The loop, whole: poll, do as the step says, until it is done.
    fn drive<C: Caller>(
        self: &Arc<Self>,
        cancel: Option<&Cancel>,
        make: impl FnOnce(Now) -> C,
        permits: Option<&Arc<Permits>>,
    ) -> Result<C::Output, Error> {
        let mut now = self.clock.now();
        let mut caller = make(now);
        let mut permit = None;
        let mut fault = None;
        let mut is_waiting = false;
        loop {
            match permits {
                Some(permits) if permit.is_none() => {
                    permit = self.permit(cancel, permits, caller.deadline())?;
                    now = self.clock.now();
                }
                Some(_) => {}
                None => self.is_open()?,
            }
            if cancel.is_some_and(Cancel::is_canceled) {
                return Err(Error::canceled());
            }
            match self.poll(now, &mut caller) {
                Step::Transmit(transmit) => {
                    is_waiting = false;
                    let outcome = self.transmit(cancel, &mut permit, *transmit);
                    fault = ErrorType::of(outcome.as_ref());
                    caller.handle_outcome(outcome);
                    if caller.is_refused() {
                        trace::refused();
                    }
                }
                Step::Await { seen, until } => {
                    permit = None;
                    if !std::mem::replace(&mut is_waiting, true) {
                        trace::waits_for_token();
                    }
                    self.wait(cancel, Some(seen), until);
                }
                Step::Sleep { until } => {
                    permit = None;
                    trace::waits_to_retry(fault, until.since(now.monotonic));
                    self.wait(cancel, None, until);
                }
                Step::Done(result) => return result,
            }
            now = self.clock.now();
        }
    }

    /// A permit to have a request out; none once the deadline has come, which the caller is then told by its poll.
    fn permit(
        &self,
        cancel: Option<&Cancel>,
        permits: &Arc<Permits>,
        deadline: Timestamp,
    ) -> Result<Option<Permit>, Error> {
        with_parker(|parker, waker| {
            let mut place = None;
            let permit = loop {
                match permits.take(&mut place, waker) {
                    Taken::Permit(permit) => break Ok(Some(permit)),
                    Taken::Closed => break Err(Error::canceled()),
                    Taken::Later if cancel.is_some_and(Cancel::is_canceled) => break Ok(None),
                    Taken::Later if self.park(parker, waker, cancel, deadline) => {}
                    Taken::Later => break Ok(None),
                }
            };
            if let Some(place) = place {
                permits.leave(place);
            }
            permit
        })
    }

    fn is_open(&self) -> Result<(), Error> {
        if self.closed.load(Ordering::Acquire) { Err(Error::canceled()) } else { Ok(()) }
    }

    /// With the published bearer where that is enough, else with the session.
    fn poll<C: Caller>(self: &Arc<Self>, now: Now, caller: &mut C) -> Step<C::Output> {
        if let Some(step) = self.published.with(|bearer| caller.poll_published(now, bearer)) {
            return step;
        }
        let (step, exchange) =
            self.with_session(|session, now| (caller.poll(now, session), session.poll_exchange(now)));
        if let Some(exchange) = exchange {
            exchange::spawn(Arc::clone(self), exchange);
        }
        step
    }

    /// Where the call is called off meanwhile, the permit stays with the request.
    pub(crate) fn transmit(
        &self,
        cancel: Option<&Cancel>,
        permit: &mut Option<Permit>,
        transmit: Transmit,
    ) -> Result<Response, Failure> {
        let timeout = transmit.timeout_at.since(self.clock.now().monotonic);
        let span = trace::attempt(&transmit.request, transmit.resend_count);
        let outcome = span.in_scope(|| match cancel {
            None => self.transport.transmit(transmit.request, timeout, transmit.max_body),
            Some(cancel) => transport::cancelable(&self.transport, cancel, permit, transmit, timeout),
        });
        trace::outcome(&span, outcome.as_ref());
        outcome
    }

    /// The only place where the session changes: briefly, published before it is unlocked, announced after.
    pub(crate) fn with_session<T>(&self, change: impl FnOnce(&mut Session, Now) -> T) -> T {
        let mut guard = self.lock();
        let (session, waiters) = &mut *guard;
        let before = session.version();
        let result = change(session, self.clock.now());
        self.published.update(session.bearer());
        let woken = if session.version() == before { Vec::new() } else { waiters.take() };
        drop(guard);
        woken.into_iter().for_each(Waker::wake);
        result
    }

    /// Until the version is no longer `seen`, or `until`. May end early: whoever waits polls again.
    fn wait(&self, cancel: Option<&Cancel>, seen: Option<Version>, until: Timestamp) {
        with_parker(|parker, waker| {
            let mut seat = Seat { shared: self, place: None };
            if let Some(seen) = seen {
                let mut guard = self.lock();
                if guard.0.version() != seen {
                    return;
                }
                guard.1.join(&mut seat.place, waker);
            }
            self.park(parker, waker, cancel, until);
        });
    }

    /// Parks until woken, cancelled, or `until`; `false`: that has come already.
    fn park(&self, parker: &Parker, waker: &Waker, cancel: Option<&Cancel>, until: Timestamp) -> bool {
        let listening = cancel.map(|cancel| cancel.listen(waker));
        if matches!(listening, Some(None)) {
            return true;
        }
        let left = until.since(self.clock.now().monotonic);
        if left.is_zero() {
            return false;
        }
        match self.clock.wake_at(until, waker) {
            Some(_alarm) => parker.park(None),
            // A coarse clock may lag behind the timer: not a lap for each of its nanoseconds.
            None => parker.park(Some(left.max(Duration::from_millis(1)))),
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, (Session, Waiters)> {
        // The session holds no invariant that a panic of a waker could break.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What it did is counted on.
impl Drop for Shared {
    fn drop(&mut self) {
        census::leave(self, self.did());
    }
}

/// A place among the waiters, given back when the wait ends.
struct Seat<'a> {
    shared: &'a Shared,
    place: Option<Place>,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.shared.lock().1.leave(place);
        }
    }
}
