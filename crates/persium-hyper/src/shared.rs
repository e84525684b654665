//! What the clones of one client share: the session behind its mutex, the bearer beside it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use persium_core::diagnosis::{Habits, Polls};
use persium_core::telemetry::ErrorType;
use persium_core::{
    Caller, Clock, Config, Error, Failure, Now, Place, Response, Session, Stats, Step, Timestamp, Transmit,
    Version, Waiters,
};
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};
use tracing::Instrument as _;

use crate::census;
use crate::exchange;
use crate::published::Published;
use crate::secret::SecretFile;
use crate::trace;
use crate::transport::Transport;

pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Arc<dyn Clock>,
    transport: Arc<dyn Transport>,
    /// Where the secret is read anew, if it lies in a file.
    pub(crate) secret: Option<SecretFile>,
    /// One for each request that may be out: [`max_in_flight`](persium_core::Limits::max_in_flight).
    permits: Semaphore,
    /// How many of them there are.
    most: usize,
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
        // As many as can be asked for at once, which is what closing does.
        let most = config.limits().max_in_flight.min(u32::MAX as usize).min(Semaphore::MAX_PERMITS);
        Self {
            permits: Semaphore::new(most),
            most,
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
    pub(crate) async fn authorize<C: Caller>(
        self: &Arc<Self>,
        make: impl FnOnce(Now) -> C,
    ) -> Result<C::Output, Error> {
        self.is_open()?;
        let now = self.clock.now();
        let mut caller = make(now);
        // The cached path, before anything is laid out for waits.
        match self.published.with(|bearer| caller.poll_published(now, bearer)) {
            Some(Step::Done(result)) => result,
            _ => self.run(|_| caller, None).await,
        }
    }

    /// Drives a caller that sends requests: at most as many at once as there are permits.
    pub(crate) async fn call<C: Caller>(
        self: &Arc<Self>,
        make: impl FnOnce(Now) -> C,
    ) -> Result<C::Output, Error> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.run(make, Some(&self.permits)).await
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.with_session(|session, now| session.stats(now));
        stats.calls = self.calls.load(Ordering::Relaxed);
        stats.in_flight = self.most - self.permits.available_permits().min(self.most);
        stats
    }

    /// Waits until nothing is out, for at most `timeout`; whoever asks for a permit or a token from now on is turned away.
    pub(crate) async fn close(&self, timeout: Duration) {
        self.closed.store(true, Ordering::Release);
        let until = self.clock.now().monotonic + timeout;
        let all = self.permits.acquire_many(u32::try_from(self.most).unwrap_or(u32::MAX));
        let _ = self.before(until, all).await;
        self.permits.close();
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
    async fn run<C: Caller>(
        self: &Arc<Self>,
        make: impl FnOnce(Now) -> C,
        permits: Option<&Semaphore>,
    ) -> Result<C::Output, Error> {
        let span = trace::call::<C>();
        let result = self.drive(make, permits).instrument(span.clone()).await;
        trace::called(&span, &result);
        result
    }

    /// The loop, whole: poll, do as the step says, until it is done.
    async fn drive<C: Caller>(
        self: &Arc<Self>,
        make: impl FnOnce(Now) -> C,
        permits: Option<&Semaphore>,
    ) -> Result<C::Output, Error> {
        let mut now = self.clock.now();
        let mut caller = make(now);
        let mut permit = None;
        let mut fault = None;
        let mut is_waiting = false;
        loop {
            match permits {
                Some(permits) if permit.is_none() => {
                    permit = self.permit(permits, caller.deadline()).await?;
                    now = self.clock.now();
                }
                Some(_) => {}
                None => self.is_open()?,
            }
            match self.poll(now, &mut caller) {
                Step::Transmit(transmit) => {
                    is_waiting = false;
                    let outcome = self.transmit(*transmit).await;
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
                    Box::pin(self.wait(Some(seen), until)).await;
                }
                Step::Sleep { until } => {
                    permit = None;
                    trace::waits_to_retry(fault, until.since(now.monotonic));
                    Box::pin(self.wait(None, until)).await;
                }
                Step::Done(result) => return result,
            }
            now = self.clock.now();
        }
    }

    /// A permit to have a request out; none once the deadline has come, which the caller is then told by its poll.
    async fn permit<'a>(
        &self,
        permits: &'a Semaphore,
        deadline: Timestamp,
    ) -> Result<Option<SemaphorePermit<'a>>, Error> {
        // Asked twice: closing takes all the permits there are, and may begin while this one waits.
        self.is_open()?;
        let permit = match permits.try_acquire() {
            Ok(permit) => Some(permit),
            Err(TryAcquireError::Closed) => return Err(Error::canceled()),
            Err(TryAcquireError::NoPermits) => match Box::pin(self.before(deadline, permits.acquire())).await
            {
                Some(permit) => Some(permit.map_err(|_closed| Error::canceled())?),
                None => None,
            },
        };
        self.is_open()?;
        Ok(permit)
    }

    fn is_open(&self) -> Result<(), Error> {
        if self.closed.load(Ordering::Acquire) { Err(Error::canceled()) } else { Ok(()) }
    }

    /// What `work` comes to, unless the time comes first.
    async fn before<T>(&self, until: Timestamp, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut late = pin!(self.wait(None, until));
        poll_fn(|context| {
            if let Poll::Ready(result) = work.as_mut().poll(context) {
                return Poll::Ready(Some(result));
            }
            late.as_mut().poll(context).map(|()| None)
        })
        .await
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

    pub(crate) fn transmit(&self, transmit: Transmit) -> impl Future<Output = Result<Response, Failure>> {
        let timeout = transmit.timeout_at.since(self.clock.now().monotonic);
        let span = trace::attempt(&transmit.request, transmit.resend_count);
        let outcome = self.transport.transmit(transmit.request, timeout, transmit.max_body);
        let outcome = outcome.instrument(span.clone());
        async move {
            let outcome = outcome.await;
            trace::outcome(&span, outcome.as_ref());
            outcome
        }
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
    async fn wait(&self, seen: Option<Version>, until: Timestamp) {
        let mut seat = Seat { shared: self, place: None };
        let mut alarm = None;
        let mut timer = pin!(None);
        poll_fn(|context| {
            if let Some(seen) = seen {
                let mut guard = self.lock();
                if guard.0.version() != seen {
                    return Poll::Ready(());
                }
                guard.1.join(&mut seat.place, context.waker());
            }
            let left = until.since(self.clock.now().monotonic);
            if left.is_zero() {
                return Poll::Ready(());
            }
            alarm = self.clock.wake_at(until, context.waker());
            if alarm.is_some() {
                return Poll::Pending;
            }
            if timer.is_none() {
                // A coarse clock may lag behind the timer: not a lap for each of its nanoseconds.
                timer.set(Some(tokio::time::sleep(left.max(Duration::from_millis(1)))));
            }
            timer.as_mut().as_pin_mut().expect("set above").poll(context)
        })
        .await;
        drop(alarm);
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

/// A place among the waiters, given back when the wait ends or is dropped.
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
