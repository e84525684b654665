//! Tools that are needed beside Rust's own, installed below the target folder on first use.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::log::Log;
use crate::workspace::Workspace;

/// A tool of a pinned release.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
pub(crate) const CARGO_HACK: Tool = Tool { name: "cargo-hack", version: "0.6.45" };
pub(crate) const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };

impl Tool {
    /// The tool, to be run in the root.
    ///
    /// Built wheels take a second to fetch and are checked against the hashes of `.ci/tools.txt`; where there is no
    /// wheel or no Python, cargo builds it in a minute or two.
    pub(crate) fn command(self, workspace: &Workspace, log: &Log) -> Result<Command> {
        let Self { name, version } = self;
        let folder = workspace.scratch().join(format!("{name}-{version}"));
        let program = folder.join("bin").join(name).with_extension(std::env::consts::EXE_EXTENSION);
        if !program.exists() {
            // All of them come with each: one list, and they are small.
            let from_a_wheel = log.run(&pip(workspace, &folder))?;
            if !from_a_wheel.success() {
                let mut cargo = workspace.cargo();
                cargo.args(["install", "--locked", name, "--version", version, "--root"]).arg(&folder);
                log.expect(&cargo).with_context(|| format!("could not install {name}"))?;
            }
        }
        let mut tool = Command::new(program);
        tool.current_dir(workspace.root());
        Ok(tool)
    }
}

fn pip(workspace: &Workspace, folder: &Path) -> Command {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--require-hashes", "--target"]).arg(folder);
    pip.arg("--requirement").arg(workspace.root().join(".ci").join("tools.txt"));
    pip
}
