//! What is fuzzed: each target takes bytes, does with them what a server or a user could, and panics where something
//! does not hold.
//!
//! The fuzzers run them by name (`fuzz_targets`), and the normal tests run them over what the fuzzers left
//! (`tests/fuzz.rs` beside this package).

mod answers;
mod certificate;
mod config;
mod diagnosis;
mod machine;
mod proxies;
mod rig;
mod tokens;

/// One of them.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]),
}

/// All of them.
pub(crate) const ALL: [Target; 14] = [
    Target { name: "token_response", run: tokens::token_response },
    Target { name: "error_answer", run: tokens::error_answer },
    Target { name: "retry_after", run: tokens::retry_after },
    Target { name: "headers", run: answers::headers },
    Target { name: "measurements", run: answers::measurements },
    Target { name: "stations", run: answers::stations },
    Target { name: "objects", run: answers::objects },
    Target { name: "config", run: config::config },
    Target { name: "certificate", run: certificate::certificate },
    Target { name: "proxies", run: proxies::proxies },
    Target { name: "claims", run: diagnosis::claims },
    Target { name: "challenge", run: diagnosis::challenge },
    Target { name: "doctor", run: diagnosis::doctor },
    Target { name: "call", run: machine::call },
];

/// Runs the target of that name.
#[allow(dead_code, reason = "a fuzzer runs one by its name, the tests run all")]
pub(crate) fn run(name: &str, bytes: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name).expect("a target of that name");
    (target.run)(bytes);
}
