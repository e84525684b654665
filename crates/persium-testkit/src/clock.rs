//! The kit's time: the system's, or one that moves only when a test says so.

mod system;

pub(crate) use system::SystemClock;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use persium_core::{Alarm, Clock, Now, Timestamp};

/// How long a wait for others may take by real time before it is a failure: a test that hangs says where, and one that gets next
/// to nothing of a busy machine does not count as one.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A clock that moves only when it is told to; one for the fake server and its clients alike.
///
/// It starts on Monday 2026-01-05 at 12:00 UTC. Clones are the same clock. What the kit does by time (minting,
/// acceptance, `Date`, `Retry-After`, delays, measurements) and what a client does by its
/// [`Clock`] (expiry, backing off) then follow one hand.
///
/// ```
/// use persium_core::Clock;
/// use persium_testkit::VirtualClock;
/// use std::time::Duration;
///
/// let clock = VirtualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now().wall - before.wall, Duration::from_secs(3600));
/// ```
#[derive(Clone)]
pub struct VirtualClock(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    now: Now,
    next_alarm: u64,
    alarms: BTreeMap<(Timestamp, u64), Sleeper>,
}

struct Sleeper {
    waker: Waker,
    /// The kit's own waits are not callers: they are left out of every count.
    is_caller: bool,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl VirtualClock {
    /// A clock at its starting time.
    #[must_use]
    pub fn new() -> Self {
        let wall = Duration::from_secs(1_767_614_400);
        let now = Now { monotonic: Timestamp::from_elapsed(Duration::from_secs(1000)), wall };
        let state = State { now, next_alarm: 0, alarms: BTreeMap::new() };
        Self(Arc::new(Inner { state: Mutex::new(state), changed: Condvar::new() }))
    }

    /// Both clocks go on by `by`, in one step; whoever waits for a time up to then is woken.
    pub fn advance(&self, by: Duration) {
        self.set(|now| Now { monotonic: now.monotonic + by, wall: now.wall.saturating_add(by) });
    }

    /// The machine sleeps for `by`: the wall clock goes on, the monotonic one stands still.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::{Kit, VirtualClock};
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let clock = VirtualClock::new();
    /// let kit = Kit::builder().clock(&clock).start();
    /// let config = Config::from_lookup(|name| kit.lookup(name))?;
    /// let client = Client::builder(config).clock(Arc::new(clock.clone())).build()?;
    /// client.me()?;
    /// clock.suspend(Duration::from_secs(3600));
    /// client.me()?; // a client that went by the monotonic clock alone would send an expired token
    /// assert_eq!(kit.token_requests(), 2);
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn suspend(&self, by: Duration) {
        self.set(|now| Now { wall: now.wall.saturating_add(by), ..now });
    }

    /// Sets the wall clock, as time since the Unix epoch, back or forward; the monotonic one does not notice.
    ///
    /// ```
    /// use persium_core::Clock;
    /// use persium_testkit::VirtualClock;
    /// use std::time::Duration;
    ///
    /// let clock = VirtualClock::new();
    /// let before = clock.now();
    /// clock.set_wall(before.wall - Duration::from_secs(3600)); // somebody mends a clock that was fast
    /// assert_eq!(clock.now().monotonic, before.monotonic);
    /// ```
    pub fn set_wall(&self, wall: Duration) {
        self.set(|now| Now { wall, ..now });
    }

    /// Goes on to the earliest time that a caller waits for, and says how far that was. `None`: nobody waits.
    ///
    /// ```
    /// use persium_core::Clock;
    /// use persium_testkit::VirtualClock;
    /// use std::task::Waker;
    /// use std::time::Duration;
    ///
    /// let clock = VirtualClock::new();
    /// assert_eq!(clock.advance_to_next(), None);
    /// let pause = Duration::from_secs(7);
    /// let _alarm = clock.wake_at(clock.now().monotonic + pause, Waker::noop());
    /// assert_eq!(clock.waiting(), [clock.now().monotonic + pause]);
    /// assert_eq!(clock.advance_to_next(), Some(pause));
    /// ```
    pub fn advance_to_next(&self) -> Option<Duration> {
        let by = {
            let state = self.lock();
            let at = state.callers().next()?;
            at.since(state.now.monotonic)
        };
        self.advance(by);
        Some(by)
    }

    /// The times that callers wait for, earliest first. The kit's own delays are not among them.
    #[must_use]
    pub fn waiting(&self) -> Vec<Timestamp> {
        self.lock().callers().collect()
    }

    /// Blocks until exactly `count()` callers wait for a time up to `by`; then time may be advanced.
    ///
    /// `by` keeps those out who wait for something else than time: a caller that waits for a token on a real
    /// socket holds an alarm too, but a later one, at the end of a lease. `count` is a function because callers
    /// end: count those that have not.
    ///
    /// Do not call it on the thread that drives the callers: there use [`waiting_or`](Self::waiting_or).
    ///
    /// # Panics
    /// After 10 s of real time, with what is waited for.
    ///
    /// ```
    /// use persium_core::{Clock, Timestamp};
    /// use persium_testkit::VirtualClock;
    /// use std::task::Waker;
    /// use std::time::Duration;
    ///
    /// let clock = VirtualClock::new();
    /// let soon = clock.now().monotonic + Duration::from_secs(1);
    /// let alarm = clock.wake_at(soon, Waker::noop());
    /// clock.until_waiting_or(soon, || 1);
    /// drop(alarm);
    /// clock.until_waiting_or(soon, || 0);
    /// ```
    pub fn until_waiting_or(&self, by: Timestamp, count: impl Fn() -> usize) {
        let begun = Instant::now();
        let mut state = self.lock();
        while !state.is_waiting(by, &count, begun) {
            let tick = Duration::from_millis(1);
            state = self.0.changed.wait_timeout(state, tick).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// [`until_waiting_or`](Self::until_waiting_or) for async tests: it lets the other tasks of the runtime run.
    ///
    /// # Panics
    /// After 10 s of real time, with what is waited for. Needs a tokio runtime with its timer on.
    pub async fn waiting_or(&self, by: Timestamp, count: impl Fn() -> usize) {
        let begun = Instant::now();
        while !self.lock().is_waiting(by, &count, begun) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// How many of the server's own delays are waiting: a planned delay begins when its request has come.
    #[must_use]
    pub fn delays(&self) -> usize {
        self.lock().alarms.values().filter(|sleeper| !sleeper.is_caller).count()
    }

    /// Waits until `at` without being counted as a caller: for the server's own delays.
    pub(crate) fn delay_until(&self, at: Timestamp) -> Delay {
        Delay { clock: self.clone(), at, alarm: None }
    }

    fn set(&self, change: impl FnOnce(Now) -> Now) {
        let due = {
            let mut state = self.lock();
            state.now = change(state.now);
            let first_later = (state.now.monotonic, u64::MAX);
            let later = state.alarms.split_off(&first_later);
            std::mem::replace(&mut state.alarms, later)
        };
        self.0.changed.notify_all();
        due.into_values().for_each(|sleeper| sleeper.waker.wake());
    }

    fn arrange(&self, at: Timestamp, waker: &Waker, is_caller: bool) -> Alarm {
        let mut state = self.lock();
        if at <= state.now.monotonic {
            drop(state);
            waker.wake_by_ref();
            return Alarm::new(());
        }
        let key = (at, state.next_alarm);
        state.next_alarm += 1;
        state.alarms.insert(key, Sleeper { waker: waker.clone(), is_caller });
        drop(state);
        self.0.changed.notify_all();
        Alarm::new(CallOff { clock: self.clone(), key })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Now {
        self.lock().now
    }

    fn wake_at(&self, at: Timestamp, waker: &Waker) -> Option<Alarm> {
        Some(self.arrange(at, waker, true))
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock").field("now", &self.now()).field("waiting", &self.waiting()).finish()
    }
}

impl State {
    fn callers(&self) -> impl Iterator<Item = Timestamp> {
        self.alarms.iter().filter(|(_, sleeper)| sleeper.is_caller).map(|((at, _), _)| *at)
    }

    fn is_waiting(&self, by: Timestamp, count: impl Fn() -> usize, begun: Instant) -> bool {
        let waiting = self.callers().filter(|at| *at <= by).count();
        let wanted = count();
        assert!(
            waiting == wanted || begun.elapsed() < PATIENCE,
            "{waiting} callers wait for a time up to {by:?}, not {wanted}; all waits: {:?}",
            self.callers().collect::<Vec<_>>()
        );
        waiting == wanted
    }
}

struct CallOff {
    clock: VirtualClock,
    key: (Timestamp, u64),
}

impl Drop for CallOff {
    fn drop(&mut self) {
        // The sleeper is dropped after the lock: its waker may drop what waits on this very clock.
        let gone = self.clock.lock().alarms.remove(&self.key);
        if gone.is_some() {
            self.clock.0.changed.notify_all();
        }
    }
}

/// A wait of the server's own.
pub(crate) struct Delay {
    clock: VirtualClock,
    at: Timestamp,
    alarm: Option<(Waker, Alarm)>,
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.clock.now().monotonic >= self.at {
            return Poll::Ready(());
        }
        // Not one more and then one less at each look: those who count the waits would see it.
        if !self.alarm.as_ref().is_some_and(|(waker, _)| waker.will_wake(cx.waker())) {
            self.alarm = Some((cx.waker().clone(), self.clock.arrange(self.at, cx.waker(), false)));
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_alarm_rings_once_its_time_has_come_and_not_before() {
        let (clock, count) = (VirtualClock::new(), Arc::new(Count::default()));
        let at = clock.now().monotonic + SECOND;
        let _alarm = clock.wake_at(at, &Waker::from(Arc::clone(&count)));
        clock.advance(SECOND / 2);
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
        clock.advance(SECOND / 2);
        clock.advance(SECOND);
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_dropped_alarm_never_rings() {
        let (clock, count) = (VirtualClock::new(), Arc::new(Count::default()));
        drop(clock.wake_at(clock.now().monotonic + SECOND, &Waker::from(Arc::clone(&count))));
        clock.advance(SECOND);
        assert_eq!((count.0.load(Ordering::SeqCst), clock.waiting().len()), (0, 0));
    }

    #[test]
    fn the_servers_own_delays_are_not_counted_as_callers() {
        let clock = VirtualClock::new();
        let at = clock.now().monotonic + SECOND;
        let mut delay = clock.delay_until(at);
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut delay).poll(&mut context).is_pending());
        clock.until_waiting_or(at, || 0);
        assert_eq!(clock.advance_to_next(), None);
        clock.advance(SECOND);
        assert!(Pin::new(&mut delay).poll(&mut context).is_ready());
    }

    #[test]
    fn waiting_for_callers_sees_those_that_come_later_from_another_thread() {
        let clock = VirtualClock::new();
        let at = clock.now().monotonic + SECOND;
        let sleeper = clock.clone();
        let thread = std::thread::spawn(move || sleeper.wake_at(at, Waker::noop()));
        clock.until_waiting_or(at, || 1);
        drop(thread.join().unwrap());
        clock.until_waiting_or(at, || 0);
    }

    #[test]
    fn a_suspended_machine_loses_wall_time_alone() {
        let clock = VirtualClock::new();
        let before = clock.now();
        clock.suspend(SECOND);
        let after = clock.now();
        assert_eq!((after.monotonic, after.wall), (before.monotonic, before.wall + SECOND));
    }
}
