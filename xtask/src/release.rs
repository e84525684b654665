//! What is handed out of a release: one folder with the command, which needs nothing beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::log::Log;
use crate::workspace::Workspace;

/// Linked without a C library of the machine it runs on.
const TARGET: &str = "x86_64-unknown-linux-musl";
/// Beside the command, from the root of the workspace.
const PAPERS: [(&str, &str); 5] = [
    ("README.md", "crates/persium-cli/README.md"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("languages.md", "docs/languages.md"),
];
/// Between two licences.
const RULE: &str = "----------------------------------------";
const STARTS: usize = 100;

/// A folder that is whole, and an archive of it beside it.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) folder: PathBuf,
    pub(crate) archive: PathBuf,
    /// Of the command, in bytes.
    pub(crate) size: u64,
    /// From exec to the line that says the fake is ready, of [`STARTS`] starts one after the other.
    pub(crate) median: Duration,
    pub(crate) worst: Duration,
}

/// Builds the command for [`TARGET`], lays it out, packs it, and tries it.
///
/// # Errors
/// Where the target or its C compiler is missing, where the command needs another file to start, or does not start.
pub(crate) fn run(workspace: &Workspace, tell: impl Fn(&str)) -> Result<Release> {
    let log = Log::create(workspace, "release")?;
    tell("building for musl with all optimisation; minutes, the first time");
    let built = build(workspace, &log)?;
    let folder = lay_out(workspace, &built)?;
    let archive = pack(&folder, &log)?;
    tell("starting the fake a hundred times");
    let command = folder.join("persium");
    let mut took = (0..STARTS).map(|_| start(&command)).collect::<Result<Vec<_>>>()?;
    took.sort_unstable();
    let (median, worst) = (took[STARTS / 2], took[STARTS - 1]);
    Ok(Release { size: fs::metadata(&command)?.len(), folder, archive, median, worst })
}

/// The command, which no loader has to load.
fn build(workspace: &Workspace, log: &Log) -> Result<PathBuf> {
    let mut build = workspace.cargo();
    build.args(["build", "--quiet", "--locked", "--release", "--package", "persium-cli", "--target", TARGET]);
    log.expect(&build).with_context(|| {
        format!("is the target there (`rustup target add {TARGET}`), and `musl-gcc` (Debian's musl-tools)?")
    })?;
    let built = workspace.target().join(TARGET).join("release").join("persium");
    ensure!(!has_interpreter(&fs::read(&built)?), "{} is linked dynamically", built.display());
    Ok(built)
}

/// A folder of its own, with the command, its papers, and the sums of all of them.
fn lay_out(workspace: &Workspace, built: &Path) -> Result<PathBuf> {
    let version = output(Command::new(built).arg("--version"))?;
    let name = format!("{}-{TARGET}", version.trim().replace(' ', "-"));
    let folder = workspace.scratch().join("release").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::copy(built, folder.join("persium"))?;
    for (paper, source) in PAPERS {
        fs::copy(workspace.root().join(source), folder.join(paper)).with_context(|| source.to_owned())?;
    }
    fs::write(folder.join("openapi.json"), output(Command::new(built).args(["fake", "--openapi"]))?)?;
    fs::write(folder.join("THIRD-PARTY.txt"), third_parties(workspace)?)?;
    let mut files = fs::read_dir(&folder)?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
    files.sort();
    let sums = output(Command::new("sha256sum").args(&files).current_dir(&folder))?;
    fs::write(folder.join("SHA256SUMS"), sums)?;
    Ok(folder)
}

fn pack(folder: &Path, log: &Log) -> Result<PathBuf> {
    let name = folder.file_name().context("the folder has a name")?.to_string_lossy();
    let archive = folder.with_file_name(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    tar.arg("--directory").arg(folder.parent().context("the folder is in another")?);
    tar.args(["--create", "--gzip", "--sort=name", "--owner=0", "--group=0", "--file"]);
    log.expect(tar.arg(&archive).arg(&*name))?;
    Ok(archive)
}

/// The crates within the command with their licences, and then the texts of these, each once, under whose they are.
fn third_parties(workspace: &Workspace) -> Result<String> {
    let mut tree = workspace.cargo();
    tree.args([
        "tree",
        "--quiet",
        "--locked",
        "--package",
        "persium-cli",
        "--edges",
        "normal",
        "--target",
        TARGET,
    ]);
    let crates = output(tree.args(["--prefix", "none", "--format", "{p}"]))?;
    // A line is a name, a `v` with the version, and more where it is no plain crate of the registry.
    let crates: BTreeSet<_> =
        crates.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    let mut metadata = workspace.cargo();
    metadata.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]);
    let metadata: Value = serde_json::from_str(&output(&mut metadata)?)?;
    let (mut list, mut texts) = (String::new(), BTreeMap::<String, Vec<String>>::new());
    for package in metadata["packages"].as_array().context("cargo knows the packages")? {
        let text = |member: &str| package[member].as_str().unwrap_or_default();
        let name = format!("{} v{}", text("name"), text("version"));
        // Ours are from no registry.
        if package["source"].is_null() || !crates.contains(&name) {
            continue;
        }
        list += &format!("{name}: {}\n", text("license"));
        let folder = Path::new(text("manifest_path")).parent().context("a manifest is in a folder")?;
        for licence in licences(folder)? {
            texts.entry(licence).or_default().push(name.clone());
        }
    }
    let texts =
        texts.iter().map(|(text, names)| format!("\n{RULE}\n{}\n\n{}\n", names.join(", "), text.trim()));
    Ok(list + &texts.collect::<String>())
}

fn licences(folder: &Path) -> Result<Vec<String>> {
    const BEGINNINGS: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "NOTICE"];
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        if path.is_file() && BEGINNINGS.iter().any(|word| name.starts_with(word)) {
            texts.push(fs::read_to_string(&path)?);
        }
    }
    Ok(texts)
}

/// Until its one line is there.
fn start(command: &Path) -> Result<Duration> {
    let mut fake = Command::new(command);
    fake.args(["fake", "--ready-json", "--die-with-parent"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let begun = Instant::now();
    let mut fake = fake.spawn()?;
    let mut line = String::new();
    let stdout = fake.stdout.take().context("its output is piped")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let took = begun.elapsed();
    fake.kill()?;
    fake.wait()?;
    ensure!(line.contains("\"ready\":true"), "the fake did not start: {line:?}");
    Ok(took)
}

fn output(command: &mut Command) -> Result<String> {
    let said = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !said.status.success() {
        bail!("{command:?}: {}\n{}", said.status, String::from_utf8_lossy(&said.stderr));
    }
    Ok(String::from_utf8(said.stdout)?)
}

/// Whether an ELF file names a program that has to load it (`PT_INTERP`): what is linked statically names none.
///
/// What is no ELF file of 64 bits, least significant byte first, is taken to need one.
fn has_interpreter(file: &[u8]) -> bool {
    const PT_INTERP: &[u8] = &3_u32.to_le_bytes();
    let number = |at: usize, bytes: usize| {
        let bytes = file.get(at..at + bytes)?;
        Some(bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    if !file.starts_with(b"\x7fELF\x02\x01") {
        return true;
    }
    // Of the program headers: where they begin, how long each is, how many there are.
    let (Some(begin), Some(length), Some(count)) = (number(32, 4), number(54, 2), number(56, 2)) else {
        return true;
    };
    (0..count).any(|header| {
        let at = begin + header * length;
        file.get(at..at + PT_INTERP.len()).is_none_or(|kind| kind == PT_INTERP)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(kinds: &[u32]) -> Vec<u8> {
        let mut file = vec![0; 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (file[32], file[54], file[56]) = (64, 56, kinds.len() as u8);
        for kind in kinds {
            file.extend(kind.to_le_bytes());
            file.extend([0; 52]);
        }
        file
    }

    #[test]
    fn a_static_program_names_no_loader() {
        assert!(!has_interpreter(&elf(&[1, 1, 2])));
        assert!(has_interpreter(&elf(&[1, 3, 2])));
    }

    #[test]
    fn what_is_cut_short_or_no_program_is_not_taken_for_static() {
        let whole = elf(&[1, 1]);
        assert!(has_interpreter(&whole[..64 + 56]));
        assert!(has_interpreter(b"\x7fELF\x02\x01"));
        assert!(has_interpreter(b"#!/bin/sh"));
    }
}
