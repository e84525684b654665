//! Every decision a Persium API client makes, and none of its I/O.
//!
//! What is here: the token machine (one token, one request for it at a time, renewal before it ends, one fresh one after
//! a refusal), the calls with their retries and deadlines, walks over pages and windows, the API's operations and domain
//! types, the configuration, the one [`Error`], and the [`diagnosis`] of what went wrong. What is not: sockets, files, clocks, threads, locks, randomness, the
//! environment, and async. Time and seeds are arguments; requests and responses are values.
//!
//! You want this crate to embed a client in a runtime or behind an HTTP client of your own. Otherwise take an adapter:
//! `persium-hyper` for async code, `persium-blocking` for threads.
//!
//! # The loop
//!
//! A [`Session`] is what callers share; it stands behind the adapter's one mutex. A [`Caller`], a [`Call`] or an
//! [`Authorize`], is one caller's own. Poll it and do what the [`Step`] says, until it is done; after every poll, perform
//! the [`Exchange`] that [`Session::poll_exchange`] may give. One caller on one thread, its I/O a closure:
//!
//! ```
//! use std::sync::Arc;
//!
//! use bytes::Bytes;
//! use persium_core::{Call, Caller, Config, Failure, Now, Response, Session, Step, Timestamp, Transmit, api};
//!
//! fn me(
//!     config: Config,
//!     clock: impl Fn() -> Now,
//!     mut transmit: impl FnMut(Transmit) -> Result<Response, Failure>,
//! ) -> Result<String, persium_core::Error> {
//!     let config = Arc::new(config);
//!     let mut session = Session::new(&config, 7);
//!     let mut call = Call::new(api::Me, Arc::clone(&config), clock());
//!     loop {
//!         let step = call.poll(clock(), &mut session);
//!         if let Some(exchange) = session.poll_exchange(clock()) {
//!             let outcome = transmit(exchange.transmit());
//!             session.handle_exchange(clock(), exchange.finish(outcome));
//!         }
//!         match step {
//!             Step::Transmit(request) => call.handle_outcome(transmit(*request)),
//!             // Alone on its thread, it has nobody to wait for; an adapter sleeps here.
//!             Step::Await { .. } | Step::Sleep { .. } => {}
//!             Step::Done(result) => return result.map(|me| me.client_id),
//!         }
//!     }
//! }
//!
//! let config = Config::builder()
//!     .token_url("https://sso.example.com/realms/acme/protocol/openid-connect/token")
//!     .api_base_url("https://api.persium.co.uk/api/m2m/v1")
//!     .client_id("acme-corp-backend")
//!     .client_secret("s3cret")
//!     .build()?;
//! let clock = || Now { monotonic: Timestamp::ZERO, wall: std::time::Duration::ZERO };
//! let mut asked = Vec::new();
//! let id = me(config, clock, |transmit| {
//!     asked.push(transmit.request.uri().path().to_owned());
//!     Ok(Response::new(Bytes::from(match transmit.request.headers().contains_key("authorization") {
//!         false => r#"{"access_token":"t","expires_in":300,"token_type":"Bearer"}"#,
//!         true => r#"{"client_id":"acme-corp-backend"}"#,
//!     })))
//! })?;
//! assert_eq!(id, "acme-corp-backend");
//! assert_eq!(asked, ["/realms/acme/protocol/openid-connect/token", "/api/m2m/v1/me"]);
//! # Ok::<(), persium_core::Error>(())
//! ```
//!
//! # Errors and panics
//!
//! Whatever servers, networks and users do wrong is an [`Error`]. A panic is a broken contract of the adapter's: a caller
//! polled after it was done.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod api;
mod caller;
mod claims;
mod config;
pub mod diagnosis;
mod error;
mod line;
pub mod model;
mod operation;
pub mod plan;
mod proxy;
mod retry;
mod secret;
mod session;
pub mod telemetry;
mod time;
mod token;
mod waiters;
mod wire;

pub use caller::{Authorize, Call, Caller, LatestReading, Step};
pub use config::{Authentication, Config, ConfigBuilder, Credentials, Limits, is_loopback};
pub use error::Error;
pub use operation::{Answered, Operation, WithResponse};
pub use proxy::{Proxies, Proxy, Tunnel};
pub use secret::Secret;
pub use session::{Session, Stats, Upshot};
pub use time::{Alarm, Clock, Now, Timestamp};
pub use token::{Bearer, Exchange, Finished, Version};
pub use waiters::{Place, Waiters};
pub use wire::{Cause, Failure, FailureKind, Phase, Response, SelfIssued, Timeline, Transmit};
