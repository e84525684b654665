//! The drivers that the workspace's own suite runs: every scenario of [`persium_testkit::conformance`] over real sockets,
//! for each adapter.
//!
//! ```no_run
//! use persium_testkit::conformance::main_job;
//! use persium_tests::drivers::Hyper;
//!
//! main_job::one_token_serves_the_whole_job::<Hyper>();
//! ```

pub mod day;
pub mod drivers;
pub mod keycloak;
pub mod soak;

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
        OwnRuntime: "../../docs/guides/own-runtime.md",
        RotatingSecrets: "../../docs/guides/rotating-secrets.md",
        ProxiesAndCas: "../../docs/guides/proxies-and-cas.md",
        Polling: "../../docs/guides/polling.md",
        Observability: "../../docs/guides/observability.md",
        Tower: "../../docs/guides/tower.md",
        Times: "../../docs/guides/times.md",
    }
}
