//! A fake Persium for tests: Keycloak's token endpoint and the measurement API, in the process of the test.
//!
//! [`Kit::start`] gives a server that is ready, on an address of its own, with one client that works and a seeded
//! world of stations. It checks what the real ones check (secrets, signatures, expiry, organisations), so a client
//! that passes has done it right. It knows nothing of any client's code: of the core it takes the clock alone.
//!
//! `crates/persium-testkit/docs/testing.md` is the way in: from nothing to a test that proves one token for twenty calls.
//! The feature `conformance` proves clients of one's own: see `examples/embedded.rs`.
//!
//! It is not a Keycloak: no users, no browser flows, no admin API. Its signing keys are published with its source.
//!
//! ```
//! use persium_testkit::{Kit, VirtualClock};
//! use std::time::Duration;
//!
//! let clock = VirtualClock::new();
//! let kit = Kit::builder().clock(&clock).token_lifetime(Duration::from_secs(60)).start();
//!
//! // Point the client under test at `kit.lookup(name)`, let it work, let time pass…
//! clock.advance(Duration::from_secs(3600));
//!
//! // …and ask what it did.
//! assert_eq!(kit.token_requests(), 0);
//! assert_eq!(kit.tokens(), []);
//! ```

mod api;
mod audit;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod control;
mod fault;
mod form;
#[cfg(any(test, feature = "_fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod http1;
mod journal;
mod keycloak;
mod keys;
mod kit;
mod ledger;
mod logic;
mod message;
mod misconfiguration;
mod route;
mod seed;
mod serve;
mod shared;
mod world;

/// The page for new users, its examples run as they stand.
#[cfg(doctest)]
#[doc = include_str!("../docs/testing.md")]
mod guide {}

pub use audit::{Invariant, Violation};
pub use clock::VirtualClock;
pub use control::Control;
pub use fault::{Chaos, Fault, FaultBody, RetryAfter};
pub use journal::{Entry, Expected, Journal};
pub use keycloak::{
    Profile, Realm, RealmClient, RealmClientKind, RealmError, RealmFile, TlsRequired, UnknownProfile,
};
pub use kit::{CLIENT_ID, CLIENT_SECRET, Kit, KitBuilder};
pub use ledger::{Authentication, Ending, Token, TokenLedger};
pub use logic::Challenge;
pub use misconfiguration::{Misconfiguration, Misconfigured};
pub use route::Route;
pub use serve::TlsFault;
pub use world::{Behaviour, CsvError, Organisation, Pagination, Rows, Station, World};
