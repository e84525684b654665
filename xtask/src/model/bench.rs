//! A copy of the workspace to break.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::TEST;
use super::mutant::{Mutant, Notices};
use crate::lifeline::Lifeline;
use crate::log::Log;
use crate::tidy::Tree;
use crate::workspace::Workspace;

/// How long a broken program may run, once it is built.
const PATIENCE: Duration = Duration::from_secs(180);

/// The copy. It builds into a folder of its own: cargo would take the one's builds for the other's.
#[derive(Debug)]
pub(super) struct Bench<'a> {
    workspace: &'a Workspace,
    root: PathBuf,
}

/// What came of a mutant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// Who is to notice it did.
    Caught,
    /// Everything passed.
    Survived,
    /// Something failed, and not what was to.
    Missed,
    /// It does not compile, and so shows nothing.
    Unbuilt,
    /// Nothing came to an end.
    Hung,
}

impl<'a> Bench<'a> {
    /// Brings the copy up to date, touching only what has changed.
    pub(super) fn set_up(workspace: &'a Workspace, tree: &Tree) -> Result<Self> {
        let root = workspace.scratch().join("mutants");
        let bench = Self { workspace, root };
        let files = tree.texts().map(|(path, _)| path).chain(tree.others());
        let kept: BTreeSet<_> = files.map(|path| bench.root.join(path)).collect();
        remove_others(&bench.root, &kept)?;
        for (path, text) in tree.texts() {
            bench.write(path, text.as_bytes())?;
        }
        for path in tree.others() {
            let bytes = fs::read(workspace.root().join(path));
            bench.write(path, &bytes.with_context(|| format!("could not read {path}"))?)?;
        }
        Ok(bench)
    }

    /// Runs what is to notice the mutants on the code as it is: only what passes can fail by them.
    pub(super) fn expect_green(&self, mutants: &[&Mutant]) -> Result<()> {
        let log = Log::create(self.workspace, "mutants-without")?;
        let distinct: BTreeSet<_> = mutants.iter().map(|mutant| self.name_of(&mutant.notices)).collect();
        for (package, target, names) in grouped(&distinct) {
            log.expect(&self.test(package, target, &names, &[]))?;
            let ran = log.text()?.lines().filter(|line| line.ends_with("... ok")).count();
            if ran == 0 {
                bail!("none of {names:?} is a test of {package}");
            }
        }
        Ok(())
    }

    /// Breaks the copy, runs what is to notice, and mends the copy.
    pub(super) fn try_out(&self, mutant: &Mutant, tree: &Tree) -> Result<Verdict> {
        let changed = mutant.apply(tree)?;
        for (path, text) in &changed {
            self.write(path, text.as_bytes())?;
        }
        let verdict = self.judge(mutant);
        for (path, _) in &changed {
            self.write(path, tree.text(path).expect("what was changed is there").as_bytes())?;
        }
        verdict
    }

    fn judge(&self, mutant: &Mutant) -> Result<Verdict> {
        let (package, target, name) = self.name_of(&mutant.notices);
        let log = Log::create(self.workspace, "mutant")?;
        let built = log.run(&self.test(package, target, &[], &["--no-run"]))?;
        if !built.success() {
            return Ok(Verdict::Unbuilt);
        }
        let mut run = Lifeline::start(&self.test(package, target, &[name], &[]), &log)?;
        let until = Instant::now() + PATIENCE;
        let status = loop {
            match run.try_wait()? {
                Some(status) => break status,
                None if until < Instant::now() => return Ok(Verdict::Hung),
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        if status.success() {
            return Ok(Verdict::Survived);
        }
        let text = log.text()?;
        let noticed = match &mutant.notices {
            Notices::Invariant(number) => text.contains(&format!("invariant {number},")),
            Notices::Test { name, .. } => {
                text.lines().any(|line| line.ends_with("FAILED") && line.contains(name.as_str()))
            }
        };
        Ok(if noticed { Verdict::Caught } else { Verdict::Missed })
    }

    fn name_of<'m>(&self, notices: &'m Notices) -> (&'m str, &'m str, &'m str) {
        match notices {
            Notices::Invariant(_) => ("persium-core", "lib", TEST),
            Notices::Test { package, target, name } => (package, target, name),
        }
    }

    fn test(&self, package: &str, target: &str, names: &[&str], options: &[&str]) -> Command {
        let mut cargo = self.workspace.cargo();
        cargo
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.workspace.scratch().join("mutants-target"));
        cargo.args(["test", "--offline", "--package", package]);
        match target {
            "lib" => cargo.arg("--lib"),
            target => cargo.args(["--test", target]),
        };
        cargo.args(options);
        if !names.is_empty() {
            cargo.arg("--").args(names);
        }
        cargo
    }

    /// Leaves a file alone that says the same already: cargo goes by when it was written.
    fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(path);
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, bytes))
            .with_context(|| format!("could not write {}", path.display()))
    }
}

/// By package and target, so that each is built and run once.
fn grouped<'n>(names: &BTreeSet<(&'n str, &'n str, &'n str)>) -> Vec<(&'n str, &'n str, Vec<&'n str>)> {
    let mut groups: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for (package, target, name) in names {
        match groups.last_mut() {
            Some((same, also, names)) if same == package && also == target => names.push(name),
            _ => groups.push((package, target, vec![name])),
        }
    }
    groups
}

/// Removes what an earlier tree had and this one has not.
fn remove_others(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, kept)?;
        } else if !kept.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
        }
    }
    Ok(())
}

impl Verdict {
    /// What to do about it.
    pub(super) fn explained(self, mutant: &Mutant) -> String {
        let who = match &mutant.notices {
            Notices::Invariant(number) => format!("the model's invariant {number}"),
            Notices::Test { name, .. } => format!("`{name}`"),
        };
        match self {
            Self::Caught => format!("{who} noticed"),
            Self::Survived => {
                format!("{who} did not notice: make it, or take the line out that does nothing")
            }
            Self::Missed => format!("something else failed than {who}: see target/xtask/mutant.log"),
            Self::Unbuilt => "it does not compile: see target/xtask/mutant.log".to_owned(),
            Self::Hung => format!("{who} did not end within {PATIENCE:?}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Caught => "caught",
            Self::Survived => "SURVIVED",
            Self::Missed => "MISSED",
            Self::Unbuilt => "UNBUILT",
            Self::Hung => "HUNG",
        })
    }
}
