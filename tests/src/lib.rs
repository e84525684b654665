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

/// The code in the project's README and guides compiles.
#[cfg(doctest)]
mod documents {
    macro_rules! documents {
        ($($name:ident: $path:literal),* $(,)?) => { $(#[doc = include_str!($path)] struct $name;)* };
    }

    documents! {
        Readme: "../../README.md",
        Adapters: "../../docs/guides/adapters.md",
        FromCurl: "../../docs/guides/from-curl.md",
        Deploying: "../../docs/guides/deploying.md",
        RotatingSecrets: "../../docs/guides/rotating-secrets.md",
        ProxiesAndCas: "../../docs/guides/proxies-and-cas.md",
        Polling: "../../docs/guides/polling.md",
        Times: "../../docs/guides/times.md",
    }
}
