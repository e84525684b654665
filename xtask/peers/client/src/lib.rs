//! persium-hyper and persium-blocking beside others. `cargo xtask bench NAME` prints what came of it.
//!
//! Time is measured in slices: all contestants have a slice each, then all have another one, so that whatever else the
//! machine does hits all of them, and what is compared is compared within a round.

pub mod cached;
pub mod calls;
mod clock;
pub mod decode;
pub mod endpoint;
pub mod fetch;
pub mod herd;
mod memory;
pub mod refused;
mod server;
pub mod sources;
pub mod spread;
pub mod start;
pub mod table;
pub mod verdict;
pub mod weight;
pub mod window;
mod workspace;

use std::time::Duration;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub enum Effort {
    /// For figures to be published.
    Full,
    /// To see that it runs.
    Smoke,
}

impl Effort {
    /// How often each contestant has its turn.
    #[must_use]
    pub fn rounds(self, full: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Smoke => 1,
        }
    }

    /// How many there are of what is measured in a turn.
    #[must_use]
    pub fn size(self, full: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Smoke => full.min(10),
        }
    }
}

/// How long the token endpoint takes for an answer.
pub const ANSWER: Duration = Duration::from_millis(50);
