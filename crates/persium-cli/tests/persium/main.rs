//! The `persium` command, as it is run: the built binary against a fake Persium.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod commands;
mod configuration;
mod doctor;
mod exit_codes;
mod fake;
mod help;
mod missing;
mod mistakes;
mod output;
mod proxies;
mod run;
#[cfg(unix)]
mod terminal;
