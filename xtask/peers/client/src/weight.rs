//! What it takes to build, and what comes of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Effort;
use crate::spread::Spread;
use crate::table::Table;
use crate::verdict::Verdicts;
use crate::workspace;

/// What is built.
struct Package {
    name: &'static str,
    about: &'static str,
    /// The manifest of its workspace, from the root.
    manifest: &'static str,
    /// The name of its program, if it is one.
    program: Option<&'static str>,
}

const OURS: &str = "Cargo.toml";

const PACKAGES: [Package; 6] = [
    Package { name: "persium-core", about: "the crate `persium-core`", manifest: OURS, program: None },
    Package {
        name: "persium-blocking",
        about: "the crate `persium-blocking`",
        manifest: OURS,
        program: None,
    },
    Package { name: "persium-hyper", about: "the crate `persium-hyper`", manifest: OURS, program: None },
    Package { name: "persium-cli", about: "the command `persium`", manifest: OURS, program: Some("persium") },
    Package {
        name: "me-hyper",
        about: "a program that prints `/me`, on persium-hyper",
        manifest: "xtask/peers/me-hyper/Cargo.toml",
        program: Some("me-hyper"),
    },
    Package {
        name: "me-reqwest",
        about: "the same on reqwest",
        manifest: "xtask/peers/me-reqwest/Cargo.toml",
        program: Some("me-reqwest"),
    },
];

#[must_use]
pub fn tables(effort: Effort, verdicts: &mut Verdicts) -> Vec<Table> {
    let mut table = Table::new(
        "Built from nothing but downloaded sources, `--release`, on all cores, once each; crates are those of \
         `cargo tree --edges normal`, its own included; programs are stripped:",
        &["what", "crates", "build, s", "program, MB"],
    );
    let mut programs = Vec::new();
    for package in &PACKAGES {
        let crates = package.crates();
        let (built, size) = match effort {
            Effort::Full => package.built(),
            Effort::Smoke => (Duration::ZERO, None),
        };
        let megabytes = size.map(|bytes| bytes as f64 / 1e6);
        table.row([
            package.about.to_owned(),
            crates.to_string(),
            format!("{:.0}", built.as_secs_f64()),
            megabytes.map_or_else(String::new, |megabytes| format!("{megabytes:.2}")),
        ]);
        if package.manifest != OURS {
            programs.push((crates as f64, built.as_secs_f64(), megabytes.unwrap_or_default()));
        }
    }
    let [ours, reqwest] = programs.try_into().expect("two programs");
    for (what, ours, reqwest) in [
        ("crates", ours.0, reqwest.0),
        ("build time", ours.1, reqwest.1),
        ("stripped size", ours.2, reqwest.2),
    ] {
        // Nothing is built for a smoke.
        let part = if reqwest > 0.0 { ours / reqwest } else { 0.0 };
        let what = format!("`/me` on persium-hyper, part of that on reqwest: {what}");
        verdicts.at_most(&what, 1.0, Spread::of([part]));
    }
    vec![table]
}

impl Package {
    fn cargo(&self, command: &str) -> Command {
        let mut cargo = workspace::cargo();
        cargo.arg(command).arg("--manifest-path").arg(workspace::root().join(self.manifest));
        cargo.args(["--package", self.name]);
        cargo
    }

    fn crates(&self) -> usize {
        let mut cargo = self.cargo("tree");
        cargo.args(["--edges", "normal", "--prefix", "none", "--no-dedupe", "--format", "{p}"]);
        let output = cargo.output().expect("cargo is here");
        assert!(output.status.success(), "{cargo:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().collect::<BTreeSet<_>>().len()
    }

    /// How long that took, and how large the program is.
    fn built(&self) -> (Duration, Option<u64>) {
        let folder = workspace::target().join("xtask/cold");
        empty(&folder);
        let mut cargo = self.cargo("build");
        cargo.args(["--release", "--quiet", "--target-dir"]).arg(&folder);
        let begun = Instant::now();
        assert!(cargo.status().expect("cargo is here").success(), "{cargo:?}");
        let taken = begun.elapsed();
        let size = self.program.map(|program| {
            let program = folder.join("release").join(program);
            let program = program.with_extension(std::env::consts::EXE_EXTENSION);
            fs::metadata(program).expect("it was built").len()
        });
        empty(&folder);
        (taken, size)
    }
}

fn empty(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("it is ours");
    }
}
