//! Every decision a Persium API client makes, and none of its I/O.

pub mod api;
mod caller;
mod config;
mod error;
pub mod model;
mod operation;
pub mod plan;
mod retry;
mod secret;
mod session;
mod time;
mod token;
mod waiters;
mod wire;

pub use caller::{Authorize, Call, Caller, LatestReading, Step};
pub use config::{Authentication, Config, ConfigBuilder, Credentials, Limits};
pub use error::Error;
pub use operation::{Answered, Operation, WithHeaders, WithResponse};
pub use secret::Secret;
pub use session::{Session, Stats};
pub use time::{Alarm, Clock, Now, Timestamp};
pub use token::{Bearer, Exchange, Finished, Version};
pub use waiters::{Place, Waiters};
pub use wire::{Failure, FailureKind, Phase, Response, Transmit};
