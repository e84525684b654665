//! Running the command and looking at what it did.

use std::ffi::OsString;
use std::process::{Command, Output, Stdio};

use persium_testkit::Kit;
use serde_json::Value;

/// What a run of the command left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The command with an environment of its own: none of this process's.
pub(crate) fn command(environment: impl IntoIterator<Item = (String, String)>, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_persium"));
    command.args(args).env_clear().envs(environment).stdin(Stdio::null());
    // Windows finds no sockets without it.
    command.envs(std::env::var_os("SystemRoot").map(|root| (OsString::from("SystemRoot"), root)));
    command
}

/// Runs the command as a client of `kit`.
pub(crate) fn persium(kit: &Kit, args: &[&str]) -> Run {
    persium_with(kit, &[], args)
}

/// The same with other values than the kit's: an empty one unsets a variable.
pub(crate) fn persium_with(kit: &Kit, changes: &[(&str, &str)], args: &[&str]) -> Run {
    let mut environment = kit.exports();
    environment.retain(|(name, _)| changes.iter().all(|(changed, _)| name != changed));
    let set = changes.iter().filter(|(_, value)| !value.is_empty());
    environment.extend(set.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let output = command(environment, args).output().expect("the command starts");
    let run = Run::from(output);
    run.assert_no_secret(kit);
    run
}

impl Run {
    /// Fails unless all went well; gives back the JSON it wrote.
    pub(crate) fn json(&self) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{}", self.stdout);
        serde_json::from_str(&self.stdout).expect("standard output is JSON")
    }

    /// Fails unless it ended with `code` and said why, and what to do.
    pub(crate) fn assert_failed(&self, code: i32, words: &str) {
        let Self { code: actual, stdout, stderr } = self;
        assert_eq!(*actual, Some(code), "{stdout}{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(words), "{stderr}");
        assert!(stderr.contains("what to do: "), "{stderr}");
    }

    /// Nothing that is written anywhere holds the secret or a token.
    fn assert_no_secret(&self, kit: &Kit) {
        for text in [&self.stdout, &self.stderr] {
            assert!(!text.contains(kit.client_secret()), "the secret is in the output: {text}");
            assert!(!text.contains("eyJ"), "a token is in the output: {text}");
        }
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("what is written is UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
