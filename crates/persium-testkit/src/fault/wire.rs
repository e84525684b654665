//! How a faulty answer's bytes go out.

use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Wire {
    /// As they are.
    #[default]
    Whole,
    Drip {
        size: usize,
        pause: Duration,
    },
    Pause {
        at: usize,
        pause: Duration,
    },
    /// Counted from the first byte of the head.
    Cut {
        at: usize,
        cut: Cut,
    },
    /// Counted from the first byte of the body.
    CutBody {
        at: usize,
        cut: Cut,
    },
    Garbage,
    BadChunk,
    CutChunks,
    DoubledLength,
    ResetOnNext,
}

/// How a connection ends early.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    /// RST: what was sent may be lost as well.
    Reset,
    /// FIN.
    Close,
}
