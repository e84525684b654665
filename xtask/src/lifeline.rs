//! Processes that cannot outlive this one.
//!
//! Each is started as a process group of its own, together with a guard that reads a pipe we hold. However we
//! end, by `drop`, by Ctrl-C, by a signal nobody can catch, the pipe closes, and the guard kills its whole group,
//! grandchildren too. There is no handler to install and nothing to clean up by hand.
//!
//! That is for Unix. Elsewhere only `drop` ends a process, and its children stay; nothing is started there that
//! has any it would leave.

use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

use crate::log::Log;

/// The guard reads the pipe as descriptor 3, because a shell gives what it puts in the background nothing to read.
/// The command itself has neither: what it left running could otherwise eat the end that the guard waits for.
const GUARD: &str = r#"
exec 3<&0
{ cat <&3 >/dev/null; kill -KILL 0; } &
"$@" </dev/null 3<&-
"#;

/// A running command. Dropping it kills whatever it has started.
#[derive(Debug)]
#[must_use = "dropping it kills the process"]
pub(crate) struct Lifeline {
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Lifeline {
    /// Starts `command` with its output appended to `log` and nothing to read.
    pub(crate) fn start(command: &Command, log: &Log) -> Result<Self> {
        let (stdout, stderr) = (log.writer()?, log.writer()?);
        Self::start_with(command, stdout, stderr)
    }

    fn start_with(command: &Command, stdout: Stdio, stderr: Stdio) -> Result<Self> {
        let mut guarded = guarded(command);
        guarded.stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
        let mut child = guarded.spawn().with_context(|| format!("could not start {command:?}"))?;
        let pipe = child.stdin.take();
        Ok(Self { child, pipe })
    }

    /// Whether the command has ended, and how.
    pub(crate) fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for the command to end. What it left running is killed.
    pub(crate) fn wait(mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if !cfg!(unix) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// `command` as the guard's charge, in a process group of its own.
fn guarded(command: &Command) -> Command {
    let mut guarded = if cfg!(unix) {
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(command.get_program());
        guard
    } else {
        Command::new(command.get_program())
    };
    guarded.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        guarded.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => guarded.env(name, value),
            None => guarded.env_remove(name),
        };
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut guarded, 0);
    guarded
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::{self, Read};

    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    /// Whoever is still alive holds the writing end, so reading to the end is waiting for the last of them.
    fn start(command: &Command) -> (Lifeline, io::PipeReader) {
        let (reader, writer) = io::pipe().unwrap();
        let lifeline = Lifeline::start_with(command, writer.into(), Stdio::null()).unwrap();
        (lifeline, reader)
    }

    #[test]
    fn whatever_a_process_started_dies_with_its_lifeline() {
        let (lifeline, mut output) = start(&sh("sleep 600 & (sleep 600 & sleep 600) & echo up; sleep 600"));
        let mut up = [0; 3];
        output.read_exact(&mut up).unwrap();
        assert_eq!(&up, b"up\n");

        drop(lifeline);
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
    }

    #[test]
    fn what_a_process_leaves_behind_dies_when_it_has_ended() {
        let (lifeline, mut output) = start(&sh("sleep 600 & exit 7"));
        assert_eq!(lifeline.wait().unwrap().code(), Some(7));
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
    }

    #[test]
    fn a_process_keeps_its_folder_and_its_environment() {
        let mut command = sh(r#"echo "$(pwd) $KEPT ${HOME-none}""#);
        command.current_dir("/").env("KEPT", "kept").env_remove("HOME");
        let (lifeline, mut output) = start(&command);
        assert!(lifeline.wait().unwrap().success());
        let mut said = String::new();
        output.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("/ kept none"), "{said}");
    }
}
