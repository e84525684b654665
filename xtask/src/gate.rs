//! The gate: everything that must hold before a change is handed in.

use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::bench;
use crate::judges;
use crate::keycloak;
use crate::languages;
use crate::leak::{self, Needles};
use crate::log::Log;
use crate::suite::{Report, Suite};
use crate::tally::Tally;
use crate::tidy;
use crate::tools;
use crate::workspace::Workspace;

/// A run of the gate.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    pub(crate) skip: Vec<Step>,
    pub(crate) tests: Tests,
}

/// Where the tests' results come from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Tests {
    /// The gate runs them.
    #[default]
    Run,
    /// The last `cargo xtask test` has run them.
    AsRecorded,
}

/// One thing the gate looks at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    Fmt,
    Clippy,
    Docs,
    Features,
    Tidy,
    Deny,
    Targets,
    Test,
    Leaks,
    Keycloak,
    Judges,
    Languages,
    Bench,
}

/// What came of a look.
#[derive(Debug)]
enum Outcome {
    Holds,
    Counted(Report),
    /// What is needed for a look is not on this machine, and how to get it.
    NotLooked(&'static str),
}

impl Step {
    /// In order: what is quick to tell comes first, and the search for leaks follows the tests it searches.
    pub(crate) const ALL: [Self; 13] = [
        Self::Fmt,
        Self::Clippy,
        Self::Docs,
        Self::Features,
        Self::Tidy,
        Self::Deny,
        Self::Targets,
        Self::Test,
        Self::Leaks,
        Self::Keycloak,
        Self::Judges,
        Self::Languages,
        Self::Bench,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Features => "features",
            Self::Tidy => "tidy",
            Self::Deny => "deny",
            Self::Targets => "targets",
            Self::Test => "test",
            Self::Leaks => "leaks",
            Self::Keycloak => "keycloak",
            Self::Judges => "judges",
            Self::Languages => "languages",
            Self::Bench => "bench",
        }
    }

    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Fmt => "the formatting is rustfmt's",
            Self::Clippy => "no lint fires, with the default features and with all of them",
            Self::Docs => "the documentation builds without a warning",
            Self::Features => "every crate compiles with none of its features, with each, and with all",
            Self::Tidy => "the house rules hold",
            Self::Deny => "licences, sources and duplicates of the dependencies are as deny.toml allows",
            Self::Targets => {
                "the core compiles where no system is below it, and everything does for Windows and macOS"
            }
            Self::Test => "every test passes that needs nothing but Rust",
            Self::Leaks => {
                "nothing the tests printed, debug logging on, holds a secret or a token; needs `test`"
            }
            Self::Keycloak => "the client and a real Keycloak agree, and so does the fake",
            Self::Judges => {
                "libraries and servers of others agree with the fake, with Keycloak and with the adapters"
            }
            Self::Languages => "the examples of docs/languages.md run as they stand",
            Self::Bench => "every benchmark builds and runs; nothing is measured",
        }
    }
}

impl Gate {
    /// Runs every step, also after one has failed, so that one run tells all there is to mend.
    pub(crate) fn run(&self, workspace: &Workspace) -> Tally {
        let (steps, left_out): (Vec<_>, Vec<_>) = Step::ALL.into_iter().partition(|step| self.takes(*step));
        let mut sum = Tally::NONE;
        for step in steps {
            print!("{:<9}", step.name());
            let _ = io::stdout().flush();
            let began = Instant::now();
            let (tally, red) = match self.look(step, workspace) {
                Ok(Outcome::Holds) => (Tally::NONE, None),
                Ok(Outcome::Counted(report)) => (report.tally(), report.excerpt()),
                Ok(Outcome::NotLooked(why)) => {
                    println!("not looked: {why}");
                    continue;
                }
                // Or the sum would call a gate well that is red without a failing test.
                Err(error) => (Tally::ONE_FAILURE, Some(format!("{error:#}"))),
            };
            let verdict = if red.is_some() { "RED" } else { "ok" };
            let count = if tally.passed > 0 { tally.to_string() } else { String::new() };
            println!(
                "{}",
                format!("{verdict:<4}{:7.1} s  {count}", began.elapsed().as_secs_f64()).trim_end()
            );
            if let Some(red) = red {
                println!("{}", indented(&red));
            }
            sum += tally;
        }
        if !left_out.is_empty() {
            let names: Vec<_> = left_out.into_iter().map(Step::name).collect();
            println!("left out: {}", names.join(", "));
        }
        sum
    }

    fn takes(&self, step: Step) -> bool {
        let needs = if step == Step::Leaks { Step::Test } else { step };
        !self.skip.contains(&step) && !self.skip.contains(&needs)
    }

    fn look(&self, step: Step, workspace: &Workspace) -> Result<Outcome> {
        match step {
            Step::Fmt => fmt(workspace)?,
            Step::Clippy => clippy(workspace)?,
            Step::Docs => docs(workspace)?,
            Step::Features => features(workspace)?,
            Step::Tidy => tidy::check(workspace)?,
            Step::Deny => deny(workspace)?,
            Step::Targets => return targets(workspace),
            Step::Test => return self.test(workspace).map(Outcome::Counted),
            Step::Leaks => leaks(workspace)?,
            Step::Bench => bench::smoke(workspace)?,
            Step::Judges => return judges::run(workspace, |_| ()).map(Outcome::Counted),
            Step::Languages => {
                let examples = languages::run(workspace)?;
                if !examples.missing.is_empty() {
                    return Ok(Outcome::NotLooked(
                        "Python, Node, Go or Java is not here; the examples of the others ran",
                    ));
                }
            }
            Step::Keycloak => {
                return keycloak::run(workspace, &keycloak::Plan::default(), |_| ()).map(Outcome::Counted);
            }
        }
        Ok(Outcome::Holds)
    }

    fn test(&self, workspace: &Workspace) -> Result<Report> {
        match self.tests {
            Tests::Run => Suite::WORKSPACE.run(workspace),
            Tests::AsRecorded => Suite::WORKSPACE.recorded(workspace),
        }
    }
}

fn fmt(workspace: &Workspace) -> Result<()> {
    Log::create(workspace, "fmt")?.expect(workspace.cargo().args(["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    let log = Log::create(workspace, "clippy")?;
    for features in [&[][..], &["--all-features"]] {
        let mut cargo = workspace.cargo();
        cargo
            .args(["clippy", "--quiet", "--workspace", "--all-targets"])
            .args(features)
            .args(["--", "-D", "warnings"]);
        log.expect(&cargo)?;
    }
    Ok(())
}

fn docs(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo
        .args(["doc", "--quiet", "--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-D warnings");
    Log::create(workspace, "docs")?.expect(&cargo)
}

fn features(workspace: &Workspace) -> Result<()> {
    let log = Log::create(workspace, "features")?;
    let mut hack = tools::CARGO_HACK.command(workspace, &log)?;
    log.expect(hack.args(["hack", "check", "--quiet", "--workspace", "--each-feature"]))
}

/// Advisories are left to whoever watches the repository: their database is not reachable from everywhere.
fn deny(workspace: &Workspace) -> Result<()> {
    let log = Log::create(workspace, "deny")?;
    // Offline it sees only what has been downloaded, and a build downloads for its own platform alone.
    log.expect(workspace.cargo().args(["fetch", "--locked"]))?;
    let mut deny = tools::CARGO_DENY.command(workspace, &log)?;
    log.expect(deny.args(["--offline", "check", "bans", "licenses", "sources"]))
}

/// A target without an operating system, which nothing in the core, nor below it, may need; and two with another one.
/// What is written in C is left out there: a check links nothing, so the compiler of that need do nothing.
fn targets(workspace: &Workspace) -> Result<Outcome> {
    const TARGETS: [(&str, &[&str]); 3] = [
        ("wasm32-unknown-unknown", &["--package", "persium-core"]),
        ("x86_64-pc-windows-gnu", &["--workspace"]),
        ("aarch64-apple-darwin", &["--workspace"]),
    ];
    let log = Log::create(workspace, "targets")?;
    for (target, packages) in TARGETS {
        if !is_installed(target)? {
            return Ok(Outcome::NotLooked(
                "a target is not installed: `rustup target add` the three that docs/testing.md names",
            ));
        }
        let mut cargo = workspace.cargo();
        cargo.args(["check", "--quiet", "--target", target]).args(packages);
        for tool in ["CC", "AR"] {
            cargo.env(format!("{tool}_{}", target.replace('-', "_")), "true");
        }
        log.expect(&cargo)?;
    }
    Ok(Outcome::Holds)
}

fn is_installed(target: &str) -> Result<bool> {
    let mut rustc = Command::new("rustc");
    let printed = rustc.args(["--print", "target-libdir", "--target", target]).output();
    let printed = String::from_utf8(printed.context("rustc cannot be asked")?.stdout)?;
    Ok(Path::new(printed.trim()).is_dir())
}

fn leaks(workspace: &Workspace) -> Result<()> {
    let path = workspace.log(Suite::WORKSPACE.name);
    leak::expect_none(&path, &Needles::of([leak::KIT_SECRET]))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_for_leaks_is_left_out_with_the_tests_it_searches() {
        let gate = Gate { skip: vec![Step::Test], tests: Tests::Run };
        assert!(!gate.takes(Step::Leaks) && !gate.takes(Step::Test));
        assert!(gate.takes(Step::Keycloak));
    }
}
