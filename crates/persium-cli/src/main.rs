//! The `persium` command: the Persium air-quality API from a terminal or a script.

mod args;
mod chart;
mod clock;
mod commands;
mod exit;
mod failure;
mod instant;
mod interrupt;
mod log;
mod output;
mod progress;
mod records;
mod settings;
mod text;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use exit::Exit;
use failure::Failure;

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(()) => Exit::Done.into(),
        Err(Failure::Interrupted) => interrupt::end(),
        Err(failure) => {
            if let Some(description) = failure.description() {
                failure::report(&description);
            }
            failure.exit().into()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Me(args) => block_on(interrupt::ends(args.run())),
        Command::Stations(args) => block_on(interrupt::ends(args.run())),
        Command::Station(args) => block_on(interrupt::ends(args.run())),
        Command::Sensors(args) => block_on(interrupt::ends(args.run())),
        Command::Latest(args) => block_on(interrupt::ends(args.run())),
        Command::Measurements(args) => block_on(interrupt::ends(args.run())),
        Command::Get(args) => block_on(interrupt::ends(args.run())),
        Command::Doctor(args) => block_on(interrupt::ends(args.run())),
        Command::Report(args) => block_on(interrupt::ends(args.run())),
        Command::Demo(args) => block_on(interrupt::ends(args.run())),
        Command::Fake(args) => block_on(args.run()),
        Command::Completions(args) => args.run(),
        Command::Man(args) => args.run(),
    }
}

/// One thread is enough: it waits most of the time, and there is nothing to do beside the answer.
fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::Start { what: "the runtime", source })?;
    runtime.block_on(command)
}
