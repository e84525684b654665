//! The system's clocks.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use persium_core::{Clock, Now, Timestamp};

/// The system's clocks. Runs by itself, so it implements [`Clock::now`] alone.
///
/// These are the standard library's. The async twin reads coarser ones, which are cheaper and take three crates more.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock(());

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn now(&self) -> Now {
        Now {
            monotonic: Timestamp::from_elapsed(EPOCH.elapsed()),
            wall: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }
}
