//! The system's clocks. They run by themselves, so there is nothing to arrange: who waits sleeps it out.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use persium_core::{Clock, Now, Timestamp};

pub(crate) struct SystemClock(Instant);

impl SystemClock {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { monotonic: Timestamp::from_elapsed(self.0.elapsed()), wall }
    }
}
