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
    let ended = runtime.block_on(command);
    // A name that is still being looked up is looked up on a thread that cannot be stopped: nobody waits for it.
    runtime.shutdown_background();
    ended
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn nobody_waits_for_a_name_that_is_still_being_looked_up() {
        let (release, released) = mpsc::channel();
        let (gave_up, given_up) = mpsc::channel();
        let ended = block_on(async move {
            tokio::task::spawn_blocking(move || {
                let outcome = released.recv_timeout(Duration::from_secs(60));
                let _ = gave_up.send(outcome);
            });
            Ok(())
        });
        assert!(ended.is_ok());
        release.send(()).expect("the thread is still there");
        given_up.recv().expect("it says how it ended").expect("it was let go, and did not give up");
    }
}
