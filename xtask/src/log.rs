//! Logs: where a command's output goes, and the part of it that is shown when the command fails.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::lifeline::Lifeline;
use crate::workspace::Workspace;

/// How much of a log's end tells why a tool failed.
const TAIL: usize = 40;

/// A file that collects the output of the commands run with it.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Begins the log of that name afresh.
    pub(crate) fn create(workspace: &Workspace, name: &str) -> Result<Self> {
        let path = workspace.log(name);
        fs::create_dir_all(workspace.scratch()).context("could not make a folder for logs")?;
        File::create(&path).with_context(|| format!("could not write {}", path.display()))?;
        let file = File::options().append(true).open(&path)?;
        Ok(Self { path, file })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `command` to its end. A failing command is not an error of this function.
    pub(crate) fn run(&self, command: &Command) -> Result<ExitStatus> {
        self.note(&format!("$ {}", spelled(command)))?;
        Lifeline::start(command, self)?.wait()
    }

    /// Runs `command` to its end; where it fails, the error shows the end of what it printed.
    pub(crate) fn expect(&self, command: &Command) -> Result<()> {
        let status = self.run(command)?;
        if !status.success() {
            bail!("{}: {status}\n{}", spelled(command), self.tail()?);
        }
        Ok(())
    }

    /// Adds a line of our own.
    pub(crate) fn note(&self, line: &str) -> Result<()> {
        writeln!(&self.file, "{line}").with_context(|| format!("could not write {}", self.path.display()))
    }

    /// All of it so far.
    pub(crate) fn text(&self) -> Result<String> {
        read(&self.path)
    }

    /// The last lines, and where the others are.
    pub(crate) fn tail(&self) -> Result<String> {
        Ok(format!("{}\n(all of it: {})", tail(&self.text()?), self.path.display()))
    }

    /// For a child process to write to.
    pub(crate) fn writer(&self) -> Result<Stdio> {
        Ok(self.file.try_clone()?.into())
    }
}

/// A command as a person would write it, less what is quoted.
fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words: Vec<_> = [program].into_iter().chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

/// A log's text, whatever bytes the tests printed.
pub(crate) fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last lines of `text`.
pub(crate) fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}
