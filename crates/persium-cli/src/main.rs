//! The `persium` command: the Persium air-quality API from a terminal or a script.

mod args;
mod chart;
mod commands;
mod environment;
mod exit;
mod failure;
mod instant;
mod output;
mod text;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use exit::Exit;
use failure::Failure;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            if let Some(description) = failure.description() {
                failure::report(&description);
            }
            failure.exit().into()
        }
    }
}

/// One thread is enough: it waits most of the time, and there is nothing to do beside the answer.
fn run(args: Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::Start { what: "the runtime", source })?;
    runtime.block_on(async {
        match args.command {
            Command::Me(args) => args.run().await,
            Command::Stations(args) => args.run().await,
            Command::Latest(args) => args.run().await,
            Command::Measurements(args) => args.run().await,
            Command::Demo(args) => args.run().await,
            Command::Fake(args) => args.run().await,
        }
    })
}
