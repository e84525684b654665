//! Every decision a Persium API client makes, and none of its I/O.

mod config;
mod error;
mod operation;
mod retry;
mod secret;
mod time;
mod waiters;
mod wire;

pub use config::{Authentication, Config, Credentials, Limits};
pub use error::Error;
pub use operation::Operation;
pub use secret::Secret;
pub use time::{Alarm, Clock, Now, Timestamp};
pub use waiters::{Place, Waiters};
pub use wire::{Failure, FailureKind, Phase, Response, Transmit};
