//! Running tests: once, quietly, and with all they print kept for the search for secrets.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::log::{self, Log};
use crate::tally::Tally;
use crate::tidy::Tree;
use crate::workspace::Workspace;

/// The line that a run adds to its log, so that a log cut short is not taken for a result.
const ENDED: &str = "xtask: the tests ended with ";

/// How many lines of a failing run are worth a screen.
const EXCERPT: usize = 80;

/// A set of tests that cargo runs.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Names its log and the line of its result.
    pub(crate) name: &'static str,
    arguments: &'static [&'static str],
}

impl Suite {
    /// Every test that needs nothing but Rust, doc examples included.
    pub(crate) const WORKSPACE: Self = Self { name: "test", arguments: &["--workspace"] };
    /// The suite's package: scenarios over sockets.
    pub(crate) const INTEGRATION: Self = Self { name: "it", arguments: &["--package", "persium-tests"] };
    /// What needs a real Keycloak, whose address the environment tells.
    pub(crate) const KEYCLOAK: Self = Self {
        name: "keycloak",
        arguments: &[
            "--package",
            "persium-tests",
            "--features",
            "keycloak",
            "--test",
            "keycloak",
            "--test",
            "keycloak_difference",
            "--test",
            "keycloak_restart",
        ],
    };
    /// Of those, the comparison with the fake.
    pub(crate) const DIFFERENCE: Self = Self {
        name: "keycloak-difference",
        arguments: &["--package", "persium-tests", "--features", "keycloak", "--test", "keycloak_difference"],
    };

    /// Libraries of others against the fake and Keycloak, and the adapters against servers of others.
    pub(crate) const JUDGES: Self = Self {
        name: "judges",
        arguments: &["--package", "persium-tests", "--features", "judges", "--test", "judges"],
    };

    /// The same under another name, so that it has a log of its own.
    pub(crate) const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Builds and runs the tests, with debug logging on and nothing captured.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Report> {
        self.run_with(workspace, &[])
    }

    /// The same with variables added to the environment.
    pub(crate) fn run_with(&self, workspace: &Workspace, environment: &[(&str, String)]) -> Result<Report> {
        let log = Log::create(workspace, self.name)?;
        let mut cargo = workspace.cargo();
        cargo.arg("test").args(self.arguments).args(["--no-fail-fast", "--", "--nocapture"]);
        cargo.env("RUST_LOG", "debug").envs(environment.iter().map(|(name, value)| (name, value)));
        let status = log.run(&cargo)?;
        log.note(&format!("{ENDED}{status}"))?;
        Report::of_log(log.path().to_owned(), log.text()?)
    }

    /// Builds the tests without running them.
    pub(crate) fn build(&self, workspace: &Workspace) -> Result<()> {
        let log = Log::create(workspace, self.name)?;
        log.expect(workspace.cargo().arg("test").args(self.arguments).arg("--no-run"))
    }

    /// The report of the last run, which must have ended and be newer than every file of the workspace.
    pub(crate) fn recorded(&self, workspace: &Workspace) -> Result<Report> {
        let path = workspace.log(self.name);
        let ran = fs::metadata(&path).and_then(|log| log.modified()).with_context(|| {
            format!("there is no run to take results from: `cargo xtask {}` first", self.name)
        })?;
        if let Some((changed, _)) = Tree::read(workspace.root())?.newest().filter(|(_, when)| *when > ran) {
            bail!("{changed} has changed since the last run: `cargo xtask {}` again", self.name);
        }
        let text = log::read(&path)?;
        Report::of_log(path, text)
    }
}

/// How a run went.
#[derive(Debug)]
pub(crate) struct Report {
    tally: Tally,
    text: String,
    path: PathBuf,
}

impl Report {
    fn of_log(path: PathBuf, text: String) -> Result<Self> {
        let Some(status) = text.lines().rev().find_map(|line| line.strip_prefix(ENDED)) else {
            bail!("the run that wrote {} did not come to its end", path.display());
        };
        let mut tally = Tally::of_cargo_test(&text);
        // A test that does not compile, or takes its whole process down, is in no count.
        if !status.ends_with(" 0") && tally.failed == 0 {
            tally.failed = 1;
        }
        Ok(Self { tally, text, path })
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// Both together; what is shown is of the first that is not well.
    pub(crate) fn and(self, other: Self) -> Self {
        let mut tally = self.tally;
        tally += other.tally;
        let shown = if self.tally.is_green() { other } else { self };
        Self { tally, ..shown }
    }

    /// What a person needs to see of a run that is not well.
    pub(crate) fn excerpt(&self) -> Option<String> {
        if self.tally.is_green() {
            return None;
        }
        let telling = telling_lines(&self.text);
        let shown = if telling.is_empty() { log::tail(&self.text) } else { telling.join("\n") };
        Some(format!("{shown}\n(all of it: {})", self.path.display()))
    }
}

/// What the compiler refused, where the tests that failed panicked, and how to run them again.
///
/// A test that expects a panic prints one too, so that a panic alone tells nothing.
fn telling_lines(text: &str) -> Vec<&str> {
    let failed = failed_tests(text);
    let begins = |line: &str| match line.strip_prefix("thread '") {
        // The examples in documentation are programs of their own.
        Some(thread) => thread.split('\'').next().is_some_and(|name| name == "main" || failed.contains(name)),
        None => line.starts_with("error") || line == "failures:",
    };
    let ends = ["thread '", "test ", "stack backtrace:", "note: run with `RUST_", ENDED];
    let mut inside = false;
    let telling = text.lines().filter(|line| {
        inside = begins(line) || inside && !line.is_empty() && !ends.iter().any(|end| line.starts_with(end));
        inside
    });
    telling.take(EXCERPT).collect()
}

/// The names in the lists with which failing test binaries end.
fn failed_tests(text: &str) -> BTreeSet<&str> {
    let lists = text.split("\nfailures:\n").skip(1);
    lists.flat_map(|list| list.lines().map_while(|line| line.strip_prefix("    "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANICKED: &str = "\
running 2 tests
GET https://127.0.0.1/me
test it_works ... ok

thread 'it_refuses_nonsense' (11) panicked at src/a.rs:1:1:
expected nonsense
stack backtrace:
   0: a::it_refuses_nonsense
test it_refuses_nonsense - should panic ... ok

thread 'it_fails' (12) panicked at tests/a.rs:3:5:
assertion `left == right` failed: one token for all
  left: 2
 right: 1
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
test it_fails ... FAILED

failures:

failures:
    it_fails

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

    fn report(text: &str, ended: &str) -> Result<Report> {
        Report::of_log("x.log".into(), format!("{text}{ENDED}{ended}\n"))
    }

    #[test]
    fn a_failing_run_shows_where_it_panicked_and_nothing_else() {
        let excerpt = report(PANICKED, "exit status: 101").unwrap().excerpt().unwrap();
        assert!(excerpt.contains("one token for all") && excerpt.contains("    it_fails"), "{excerpt}");
        for noise in ["GET", "it_works", "nonsense", "backtrace"] {
            assert!(!excerpt.contains(noise), "{noise}: {excerpt}");
        }
    }

    #[test]
    fn a_run_that_is_well_shows_nothing() {
        let text = "test result: ok. 3 passed; 0 failed; 0 ignored\n";
        assert!(report(text, "exit status: 0").unwrap().excerpt().is_none());
    }

    #[test]
    fn a_run_that_failed_without_a_failing_test_counts_one() {
        let text = "error[E0425]: cannot find value `x` in this scope\n --> a.rs:1:1\n\n";
        let report = report(text, "exit status: 101").unwrap();
        assert_eq!(report.tally(), Tally { passed: 0, failed: 1 });
        assert!(report.excerpt().unwrap().starts_with("error[E0425]"));
    }

    #[test]
    fn a_log_cut_short_is_no_result() {
        let error = Report::of_log("x.log".into(), PANICKED.to_owned()).unwrap_err();
        assert!(error.to_string().contains("did not come to its end"));
    }
}
