//! What threads share and wait on.
//!
//! All of it comes from here, so that `tests/schedules.rs` can compile the modules that wait with a checker of schedules in
//! its place.

use std::num::NonZero;

pub(crate) use std::sync::atomic;
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use std::{thread, thread_local};

pub(crate) use arc_swap::ArcSwapOption;

/// How many threads can run at once.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}
