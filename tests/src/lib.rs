//! The suite: every scenario is written once, in [`scenarios`], against a [`Driver`], and runs for every driver over real
//! sockets against the testkit's fake.
//!
//! ```no_run
//! use persium_tests::{drivers::Hyper, scenarios};
//!
//! scenarios::main_job::one_token_serves_the_whole_job::<Hyper>();
//! ```

pub mod driver;
pub mod drivers;
pub mod scenarios;

pub use driver::{Driver, Setup};

/// The code in the project's README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
