//! The tools of others, installed below the target folder at their pinned releases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::log::Log;
use crate::workspace::Workspace;

/// Where the tools are.
#[derive(Debug)]
pub(crate) struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Lays the judges beside the libraries they need; what is there in the pinned release is not fetched again.
    pub(crate) fn install(workspace: &Workspace, log: &Log) -> Result<Self> {
        let sources = workspace.root().join("xtask").join("judges");
        let tools = Self { folder: workspace.scratch().join("judges") };
        for (language, list) in [("python", "requirements.txt"), ("node", "package.json")] {
            let folder = tools.folder.join(language);
            fs::create_dir_all(&folder)?;
            let pinned = fs::read_to_string(sources.join(language).join(list))?;
            let is_new = fs::read_to_string(folder.join("installed")).ok().as_ref() != Some(&pinned);
            lay(&sources.join(language), &folder)?;
            if is_new {
                match language {
                    "python" => log.expect(&pip(&folder)).context(
                        "could not install libraries of Python: are Python 3.10 or later and pip there, and PyPI in \
                         reach? On Debian: apt-get install python3-pip",
                    )?,
                    _ => log.expect(&npm(&folder)).context(
                        "could not install libraries of Node: are Node 20 or later and npm there, and the npm registry \
                         in reach? On Debian: apt-get install nodejs npm",
                    )?,
                }
                fs::write(folder.join("installed"), pinned)?;
            }
        }
        let mut cargo = workspace.cargo();
        cargo
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(sources.join("oauth2/Cargo.toml"));
        cargo.arg("--target-dir").arg(tools.folder.join("oauth2"));
        log.expect(&cargo).context("could not build the judge with the crate oauth2")?;
        Ok(tools)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A script of Python's with the libraries.
    pub(crate) fn python(&self, script: &str) -> Command {
        let folder = self.folder.join("python");
        let mut python = Command::new("python3");
        python.env("PYTHONPATH", folder.join("libraries")).arg(folder.join(script));
        python
    }

    /// A script of Node's, which finds the libraries beside it.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut node = Command::new("node");
        node.arg(self.folder.join("node").join(script));
        node
    }
}

fn lay(from: &Path, to: &Path) -> Result<()> {
    for file in fs::read_dir(from)? {
        let file = file?.path();
        let name = file.file_name().expect("a file has a name");
        fs::copy(&file, to.join(name)).with_context(|| format!("could not copy {}", file.display()))?;
    }
    Ok(())
}

fn pip(folder: &Path) -> Command {
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--upgrade",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
    ]);
    pip.arg("--target")
        .arg(folder.join("libraries"))
        .arg("--requirement")
        .arg(folder.join("requirements.txt"));
    pip
}

fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"]).current_dir(folder);
    npm
}
