//! Every decision a Persium API client makes, and none of its I/O.

mod time;

pub use time::{Alarm, Clock, Now, Timestamp};
