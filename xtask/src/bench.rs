//! Benchmarks: packages outside the workspace, so that what we are compared with stays out of our dependencies.
//!
//! Each is a program that prints Markdown; a page in docs/ keeps what it printed last.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::log::Log;
use crate::workspace::Workspace;

/// Where the results are kept.
const PAGE: &str = "docs/benchmarks.md";

/// One benchmark.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Bench {
    /// Names it on the command line, and its part of the page.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The folder below [`PACKAGES`] whose program measures it.
    package: &'static str,
    /// What the program is told.
    arguments: &'static [&'static str],
}

/// Each folder in it is a workspace of its own.
const PACKAGES: &str = "xtask/peers";

impl Bench {
    pub(crate) const ALL: [Self; 6] = [
        Self {
            name: "testkit",
            about: "persium-testkit beside mockito and wiremock: starting, requests a second, whole tests; a minute",
            package: "testkit",
            arguments: &[],
        },
        Self {
            name: "token",
            about: "cached tokens, herds and refusals, beside ten others that keep a token; a minute",
            package: "client",
            arguments: &["token"],
        },
        Self {
            name: "calls",
            about: "authenticated requests, beside hyper-util and ureq with a constant header; a minute",
            package: "client",
            arguments: &["calls"],
        },
        Self {
            name: "decode",
            about: "a day of measurements of 200 stations, beside plain structs; half a minute",
            package: "client",
            arguments: &["decode"],
        },
        Self {
            name: "build",
            about: "what it takes to build each crate, and a program beside one on reqwest; five minutes",
            package: "client",
            arguments: &["build"],
        },
        Self {
            name: "start",
            about: "the command from its start to its end, beside curl; half a minute, and the command's build",
            package: "client",
            arguments: &["start"],
        },
    ];
}

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Empty: all of them.
    pub(crate) benches: Vec<&'static Bench>,
    pub(crate) effort: Effort,
    pub(crate) results: Results,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Effort {
    #[default]
    Full,
    /// Just enough to see that it runs, built as quickly as can be.
    Smoke,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Results {
    #[default]
    Printed,
    /// Put into the page in place of the last ones.
    Recorded,
}

/// Runs all of them, as little of each as can be: that they run is what counts.
pub(crate) fn smoke(workspace: &Workspace) -> Result<()> {
    let log = Log::create(workspace, "bench-smoke")?;
    for bench in &Bench::ALL {
        log.expect(&bench.program(workspace, Effort::Smoke, &log)?)?;
    }
    Ok(())
}

impl Run {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<()> {
        let all = || Bench::ALL.iter().collect();
        let benches = if self.benches.is_empty() { all() } else { self.benches.clone() };
        for bench in benches {
            let printed = bench.run(workspace, self.effort)?;
            if self.results == Results::Recorded {
                let path = workspace.root().join(PAGE);
                let page = fs::read_to_string(&path).with_context(|| format!("could not read {PAGE}"))?;
                let results = format!("{}\n\n{}", provenance(workspace, bench), printed.trim());
                fs::write(&path, replaced(&page, bench.name, &results)?)?;
                println!("bench: {PAGE} has them");
            }
        }
        Ok(())
    }
}

impl Bench {
    /// Builds it, runs it, and gives what it printed.
    fn run(&self, workspace: &Workspace, effort: Effort) -> Result<String> {
        println!("bench: building {}\n", self.package);
        let log = Log::create(workspace, &format!("bench-{}", self.package))?;
        let mut command = self.program(workspace, effort, &log)?;
        let mut child = command.stdout(Stdio::piped()).spawn().context("could not start the benchmark")?;
        let mut printed = String::new();
        for line in BufReader::new(child.stdout.take().context("its output is piped")?).lines() {
            let line = line?;
            println!("{line}");
            printed.push_str(&line);
            printed.push('\n');
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("the benchmark {} ended with {status}", self.name);
        }
        Ok(printed)
    }

    /// Its program, built.
    fn program(&self, workspace: &Workspace, effort: Effort, log: &Log) -> Result<Command> {
        let folder = workspace.scratch().join("peers");
        let mut cargo = workspace.cargo();
        // Not locked: its lock file follows what our own crates depend on.
        cargo
            .env("CARGO_TARGET_DIR", &folder)
            .args(["build", "--manifest-path"])
            .arg(self.manifest(workspace));
        let (profile, arguments) = match effort {
            Effort::Full => ("release", &["--release"][..]),
            // What is not measured is built in a third of the time.
            Effort::Smoke => ("debug", &[][..]),
        };
        log.expect(cargo.args(arguments))?;
        let program = folder.join(profile).join(format!("{}-bench", self.package));
        let mut command = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
        command.args(self.arguments);
        if effort == Effort::Smoke {
            command.arg("--smoke");
        }
        Ok(command)
    }

    fn manifest(&self, workspace: &Workspace) -> PathBuf {
        workspace.root().join(PACKAGES).join(self.package).join("Cargo.toml")
    }
}

/// The line that says where figures come from.
fn provenance(workspace: &Workspace, bench: &Bench) -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(workspace.root()).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|text| !text.is_empty())
    };
    let unknown = || "unknown".to_owned();
    let commit = said("git", &["log", "-1", "--format=%h of %cs"]).unwrap_or_else(unknown);
    let rustc = said("rustc", &["--version"]).unwrap_or_else(unknown);
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = processor.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned());
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let name = bench.name;
    format!("`cargo xtask bench {name}`, commit {commit}, {rustc}, {cores} cores of {processor}.")
}

/// The page with other results between the marks of a benchmark.
fn replaced(page: &str, name: &str, results: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- begin: bench {name} -->"), format!("<!-- end: bench {name} -->"));
    let parts = page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) = parts.with_context(|| format!("{PAGE} has no lines `{begin}` and `{end}`"))?;
    Ok(format!("{before}{begin}\n\n{results}\n\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_take_the_place_of_the_last_ones_and_of_nothing_else() {
        let page = "# A\n\n<!-- begin: bench x -->\nold\n<!-- end: bench x -->\n\n## B\n";
        let expected = "# A\n\n<!-- begin: bench x -->\n\nnew\n\n<!-- end: bench x -->\n\n## B\n";
        assert_eq!(replaced(page, "x", "new").unwrap(), expected);
        assert_eq!(replaced(expected, "x", "new").unwrap(), expected);
        assert!(replaced(page, "y", "new").unwrap_err().to_string().contains("begin: bench y"));
    }

    #[test]
    fn every_benchmark_has_its_package_and_its_place_on_the_page() {
        let workspace = Workspace::current();
        let page = fs::read_to_string(workspace.root().join(PAGE)).unwrap();
        for bench in &Bench::ALL {
            assert!(replaced(&page, bench.name, "").is_ok());
            let manifest = fs::read_to_string(bench.manifest(&workspace)).unwrap();
            assert!(manifest.contains(&format!("name = \"{}-bench\"", bench.package)), "{manifest}");
            assert!(manifest.contains("\n[workspace]\n"), "{} is a workspace of its own", bench.package);
        }
    }
}
