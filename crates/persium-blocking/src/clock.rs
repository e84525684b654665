//! The system's clocks.

use std::time::Duration;

use persium_core::{Clock, Now, Timestamp};

/// The system's clocks. Runs by itself, so it implements [`Clock::now`] alone.
///
/// On Linux it reads the coarse ones, which lag behind by a few milliseconds and cost a third: nothing here is timed
/// to the millisecond, and the clocks are what costs most when a cached token is taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock(());

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let (monotonic, wall) = read();
        Now { monotonic: Timestamp::from_elapsed(monotonic), wall }
    }
}

#[cfg(target_os = "linux")]
fn read() -> (Duration, Duration) {
    use rustix::time::{ClockId, clock_gettime};

    let read = |clock| {
        let time = clock_gettime(clock);
        Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
    };
    (read(ClockId::MonotonicCoarse), read(ClockId::RealtimeCoarse))
}

#[cfg(not(target_os = "linux"))]
fn read() -> (Duration, Duration) {
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);
    (EPOCH.elapsed(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}
