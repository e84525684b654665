//! The clock of a command that tells how long things took.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use persium_core::{Clock, Now, Timestamp};

/// The system's clocks as exactly as they can be read. The library's own lag by milliseconds where that is cheaper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExactClock;

impl Clock for ExactClock {
    fn now(&self) -> Now {
        static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { monotonic: Timestamp::from_elapsed(EPOCH.elapsed()), wall }
    }
}
