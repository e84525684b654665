//! A blocking client for the Persium air-quality API, without an async runtime.
//!
//! It gets a token, keeps it for as long as it lives, renews it before it ends, and puts it on every call; a call that
//! is refused gets a fresh token once; what fails for a moment is tried again. All of that is decided in
//! [`persium_core`]: this crate moves the bytes, by ureq, and waits.
//!
//! ```no_run
//! # fn run() -> Result<(), persium_blocking::Error> {
//! use persium_blocking::Client;
//!
//! // TOKEN_URL, API_BASE_URL, CLIENT_ID and CLIENT_SECRET, as Persium gave them to you.
//! let client = Client::from_env()?;
//!
//! println!("{}", client.me()?.client_id);
//! for station in client.stations() {
//!     let station = station?;
//!     println!("{} {:?} {:?}", station.uuid, station.name, client.latest(station.uuid)?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Make one [`Client`] for each set of credentials and clone it into your threads: clones share the token, the
//! connections and the limits. Token requests run on threads of their own, each for as long as one takes.
//!
//! A call blocks its thread until it is over, by its deadline at the latest. To end one from another thread, make it by
//! a client that listens to a [`Cancel`].
//!
//! # Logs
//!
//! What happens is told to `tracing`, without secrets and tokens. Not so by `ureq-proto`, below ureq, which dumps all that is sent
//! and received to the `log` crate, at its level `trace`, and offers no way to keep it from that: where you log at `trace`, turn it
//! off by its name, as in `RUST_LOG=trace,ureq_proto=off`.
//!
//! # Features
//!
//! None is on by default. `bundled-roots` adds `ClientBuilder::bundled_roots`: the CAs that Mozilla trusts, compiled in,
//! for an image that has none of its own.

mod cancel;
mod census;
mod client;
mod clock;
mod connect;
mod doctor;
mod exchange;
mod failure;
mod gzip;
mod park;
mod permits;
mod published;
mod secret;
mod sending;
mod shared;
mod sync;
mod timer;
mod tls;
mod trace;
mod transport;
mod verifier;
mod walk;

pub use cancel::Cancel;
pub use client::{Client, ClientBuilder};
pub use clock::SystemClock;
pub use doctor::Doctor;
pub use persium_core::{
    Alarm, Answered, Authentication, Bearer, Cause, Clock, Config, ConfigBuilder, Credentials, Error,
    Failure, FailureKind, Limits, Now, Operation, Phase, Proxies, Proxy, Response, Secret, Stats, Timeline,
    Timestamp, WithResponse, api, diagnosis, model, plan, telemetry,
};
pub use transport::Transport;
pub use walk::Walk;
// What the signatures name beside our own.
pub use {bytes, http, time, uuid};

/// The code in the readme compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
