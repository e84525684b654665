//! The project's own commands. `cargo xtask --help` says which there are and when to use them.

mod args;
mod bench;
mod fuzz;
mod gate;
mod judges;
mod keycloak;
mod languages;
mod leak;
mod lifeline;
mod log;
mod model;
mod release;
mod soak;
mod suite;
mod tally;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use crate::args::Command;
use crate::suite::{Report, Suite};
use crate::tally::Tally;
use crate::workspace::Workspace;

fn main() -> ExitCode {
    let command = match Command::from_env() {
        Ok(command) => command,
        Err(error) => {
            eprintln!("xtask: {error}; `cargo xtask --help` shows what there is");
            return ExitCode::from(2);
        }
    };
    match run(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::current();
    match command {
        Command::Help(text) => {
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Test => {
            let verdict = test(&workspace, &Suite::WORKSPACE, 1)?;
            println!(
                "not run: the tests against a real Keycloak, which need Maven and a JDK: `cargo xtask keycloak`; and \
                 against libraries and servers of others, which need Node and Python too: `cargo xtask judges`"
            );
            Ok(verdict)
        }
        Command::Integration(times) => test(&workspace, &Suite::INTEGRATION, times),
        Command::Keycloak(plan) => {
            let report = keycloak::run(&workspace, &plan, |stage| println!("keycloak: {stage}"))?;
            Ok(show("keycloak", &report))
        }
        Command::Judges => {
            let report = judges::run(&workspace, |stage| println!("judges: {stage}"))?;
            Ok(show("judges", &report))
        }
        Command::Tidy => {
            tidy::check(&workspace)?;
            println!("tidy: {} rules hold", tidy::RULES.len());
            Ok(ExitCode::SUCCESS)
        }
        Command::Languages => {
            let examples = languages::run(&workspace)?;
            for language in &examples.missing {
                println!("not run: {language}, which is not on this machine");
            }
            println!("languages: {} examples ran as they stand", examples.passed);
            Ok(ExitCode::SUCCESS)
        }
        Command::Release => {
            let made = release::run(&workspace, |stage| println!("release: {stage}"))?;
            println!("release: {} and {}", made.folder.display(), made.archive.display());
            let (median, worst) = (made.median.as_secs_f64() * 1e3, made.worst.as_secs_f64() * 1e3);
            println!(
                "release: a static command of {} bytes; its fake is ready in {median:.1} ms, at worst {worst:.1} ms",
                made.size
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Model(model) => Ok(close("model", model.run(&workspace)?)),
        Command::Soak(soak) => Ok(close("soak", soak.run(&workspace)?)),
        Command::Bench(run) => {
            run.run(&workspace)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Fuzz(fuzz) => {
            let tally = fuzz.run(&workspace, |line| println!("{line}"))?;
            Ok(close("fuzz", tally))
        }
        Command::Ci(gate) => {
            let tally = gate.run(&workspace);
            Ok(close("ci", tally))
        }
    }
}

/// Runs a suite as often as is said, or until something fails.
fn test(workspace: &Workspace, suite: &Suite, times: u32) -> Result<ExitCode> {
    println!(
        "{}: building and running; what is printed goes to {}",
        suite.name,
        workspace.log(suite.name).display()
    );
    for round in 1..times {
        let report = suite.run(workspace)?;
        if !report.tally().is_green() {
            return Ok(show(suite.name, &report));
        }
        println!("{}: round {round} of {times}: {}", suite.name, report.tally());
    }
    Ok(show(suite.name, &suite.run(workspace)?))
}

fn show(name: &str, report: &Report) -> ExitCode {
    if let Some(excerpt) = report.excerpt() {
        println!("{excerpt}");
    }
    close(name, report.tally())
}

/// Prints the line that ends a command, and turns what it counted into an exit code.
fn close(name: &str, tally: Tally) -> ExitCode {
    println!("{name}: {tally}");
    if tally.is_green() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
