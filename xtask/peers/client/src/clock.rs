//! The time that a thread has had of a processor.

use rustix::time::{ClockId, clock_gettime};

/// Of this thread, in nanoseconds.
#[must_use]
pub fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
