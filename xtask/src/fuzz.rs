//! Fuzzing: every target of the packages beside the crates, for as long as it is asked for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use crate::log::Log;
use crate::tally::Tally;
use crate::tools::CARGO_FUZZ;
use crate::workspace::Workspace;

/// How libFuzzer says how many inputs it tried.
const TRIED: &str = "stat::number_of_executed_units:";

/// What to fuzz, and for how long.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Fuzz {
    /// For each target.
    pub(crate) minutes: u32,
    /// By name. None: all there are.
    pub(crate) targets: Vec<String>,
    pub(crate) findings: Findings,
}

/// What becomes of inputs that reach code which the corpus does not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Findings {
    /// They stay below the target folder, and the next run goes on from them.
    Leave,
    /// As few of them as reach all of it go into the corpus, which the tests run.
    Keep,
}

struct Target {
    package: PathBuf,
    name: String,
}

impl Fuzz {
    /// Fuzzes one target after the other, also after one has failed. `say` is told of each.
    pub(crate) fn run(&self, workspace: &Workspace, say: impl Fn(&str)) -> Result<Tally> {
        let targets = self.chosen(all_targets(workspace)?)?;
        let mut tally = Tally::NONE;
        for target in &targets {
            let log = Log::create(workspace, &format!("fuzz-{}", target.name))?;
            let limits =
                [format!("-max_total_time={}", self.minutes * 60), "-print_final_stats=1".to_owned()];
            let status = log.run(target.fuzzer(workspace, &log, Order::NewFirst)?.args(&limits))?;
            if !status.success() {
                say(&format!("{}: FAILED\n{}", target.name, log.tail()?));
                tally += Tally::ONE_FAILURE;
                continue;
            }
            let text = log.text()?;
            let tried =
                text.lines().find_map(|line| line.strip_prefix(TRIED)).unwrap_or("an unknown number of");
            say(&format!("{}: {} inputs, nothing found", target.name, tried.trim()));
            if self.findings == Findings::Keep {
                let merge = ["-merge=1", "-set_cover_merge=1"];
                log.expect(target.fuzzer(workspace, &log, Order::CorpusFirst)?.args(merge))?;
            }
            tally += Tally { passed: 1, failed: 0 };
        }
        Ok(tally)
    }

    fn chosen(&self, mut targets: Vec<Target>) -> Result<Vec<Target>> {
        if let Some(unknown) =
            self.targets.iter().find(|name| targets.iter().all(|target| target.name != **name))
        {
            let known: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
            bail!("there is no target `{unknown}`; there are {}", known.join(", "));
        }
        targets.retain(|target| self.targets.is_empty() || self.targets.contains(&target.name));
        Ok(targets)
    }
}

/// libFuzzer writes to the first folder it is given, and reads all of them.
#[derive(Clone, Copy)]
enum Order {
    NewFirst,
    CorpusFirst,
}

impl Target {
    /// The command up to libFuzzer's own options.
    ///
    /// No sanitizer: there is no `unsafe` here for one to look into, and without one any toolchain will do.
    fn fuzzer(&self, workspace: &Workspace, log: &Log, order: Order) -> Result<Command> {
        let corpus = self.package.join("corpus").join(&self.name);
        let new = workspace.scratch().join("fuzz").join("found").join(&self.name);
        fs::create_dir_all(&new).with_context(|| format!("could not make {}", new.display()))?;
        let mut fuzzer = CARGO_FUZZ.command(workspace, log)?;
        fuzzer.args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir"]).arg(&self.package);
        fuzzer.arg("--target-dir").arg(workspace.scratch().join("fuzz")).arg(&self.name);
        fuzzer.args(match order {
            Order::NewFirst => [new, corpus],
            Order::CorpusFirst => [corpus, new],
        });
        fuzzer.arg("--");
        Ok(fuzzer)
    }
}

/// The programs of every package that lies in a folder `fuzz` beside a crate's sources.
fn all_targets(workspace: &Workspace) -> Result<Vec<Target>> {
    let crates = workspace.root().join("crates");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&crates).with_context(|| format!("could not read {}", crates.display()))? {
        let package = entry?.path().join("fuzz");
        let Ok(manifest) = fs::read_to_string(package.join("Cargo.toml")) else { continue };
        let names = programs(&manifest).with_context(|| format!("in {}", package.display()))?;
        targets.extend(names.into_iter().map(|name| Target { package: package.clone(), name }));
    }
    targets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(targets)
}

fn programs(manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = manifest.parse()?;
    let programs = manifest.get("bin").and_then(Value::as_array).context("a manifest without programs")?;
    let names = programs.iter().map(|program| program.get("name").and_then(Value::as_str));
    names.map(|name| name.map(str::to_owned).context("a program without a name")).collect()
}

/// Whether `path`, from the root, is an input of a corpus: bytes, even where they look like a text.
pub(crate) fn is_input(path: &str) -> bool {
    Path::new(path).ancestors().any(|folder| folder.ends_with("fuzz/corpus"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_of_targets_is_found_and_an_unknown_target_is_named() {
        let all = || all_targets(&Workspace::current()).unwrap();
        assert!(
            all().iter().any(|target| target.name == "call" && target.package.ends_with("persium-core/fuzz"))
        );
        let fuzz =
            |name: &str| Fuzz { minutes: 1, targets: vec![name.to_owned()], findings: Findings::Leave };
        assert_eq!(fuzz("call").chosen(all()).unwrap().len(), 1);
        let error = fuzz("cal").chosen(all()).err().unwrap().to_string();
        assert!(error.contains("`cal`") && error.contains("call"), "{error}");
    }

    #[test]
    fn every_target_has_a_corpus_for_the_tests() {
        for target in all_targets(&Workspace::current()).unwrap() {
            let corpus = target.package.join("corpus").join(&target.name);
            assert!(fs::read_dir(&corpus).unwrap().next().is_some(), "{}", corpus.display());
        }
    }

    #[test]
    fn an_input_is_what_lies_in_a_corpus() {
        assert!(is_input("crates/a/fuzz/corpus/call/usual"));
        assert!(!is_input("crates/a/fuzz/src/call.rs") && !is_input("docs/corpus/a.md"));
    }
}
