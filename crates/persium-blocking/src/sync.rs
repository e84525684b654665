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

/// Numbers the threads, in the order in which they first ask.
pub(crate) fn next_thread() -> usize {
    static THREADS: atomic::AtomicUsize = atomic::AtomicUsize::new(0);
    THREADS.fetch_add(1, atomic::Ordering::Relaxed)
}
