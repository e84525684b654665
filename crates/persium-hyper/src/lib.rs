//! An async client for the Persium air-quality API, on hyper and tokio.
//!
//! It gets a token, keeps it for as long as it lives, renews it before it ends, and puts it on every call; a call that
//! is refused gets a fresh token once; what fails for a moment is tried again. All of that is decided in
//! [`persium_core`]: this crate moves the bytes and waits.
//!
//! ```no_run
//! # async fn run() -> Result<(), persium_hyper::Error> {
//! use persium_hyper::Client;
//!
//! // TOKEN_URL, API_BASE_URL, CLIENT_ID and CLIENT_SECRET, as Persium gave them to you.
//! let client = Client::from_env()?;
//!
//! println!("{}", client.me().await?.client_id);
//! let mut stations = client.stations();
//! while let Some(station) = stations.next().await {
//!     let station = station?;
//!     let latest = client.latest(station.uuid).await?;
//!     println!("{} {:?} {latest:?}", station.uuid, station.name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Make one [`Client`] for each set of credentials and clone it: clones share the token, the connections and the
//! limits. Every future can be dropped at any await: nothing is lost, and nobody else is held up.
//!
//! Calls run inside a tokio runtime with its I/O and time drivers enabled; elsewhere they end in an error, not in a
//! panic.
//!
//! # Features
//!
//! None is on by default. `bundled-roots` adds `ClientBuilder::bundled_roots`: the CAs that Mozilla trusts, compiled in,
//! for an image that has none of its own.

mod census;
mod client;
mod clock;
mod connect;
mod doctor;
mod exchange;
mod gzip;
mod payload;
mod published;
mod secret;
mod shared;
mod timer;
mod tls;
mod tower;
mod trace;
mod transport;
mod verifier;
mod walk;

pub use async_trait::async_trait;
pub use client::{Client, ClientBuilder};
pub use clock::SystemClock;
pub use doctor::Doctor;
pub use persium_core::{
    Alarm, Answered, Authentication, Bearer, Cause, Clock, Config, ConfigBuilder, Credentials, Error,
    Failure, FailureKind, Limits, Now, Operation, Phase, Proxies, Proxy, Response, Secret, Stats, Timeline,
    Timestamp, WithResponse, api, diagnosis, model, plan, telemetry,
};
pub use tower::{BearerError, BearerLayer, BearerService};
pub use transport::Transport;
pub use walk::Walk;
// What the signatures name beside our own.
pub use {bytes, futures_core, http, time, uuid};

/// The code in the readme compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
