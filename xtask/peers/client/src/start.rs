//! From nothing to an answer: the `persium` command, beside curl.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use persium_testkit::Kit;

use crate::Effort;
use crate::spread::Spread;
use crate::table::Table;
use crate::verdict::Verdicts;
use crate::workspace;

const ROUNDS: usize = 50;

#[must_use]
pub fn tables(effort: Effort, verdicts: &mut Verdicts) -> Vec<Table> {
    let program = program(effort);
    let kit = Kit::builder().unchecked().start();
    let version = || command(&program, &["--version"], &kit);
    let me = || command(&program, &["me"], &kit);
    // At its best: it is told the token that its first request would get, and does both in one process.
    let token = token(&kit);
    let both = || {
        let mut curl = Command::new("curl");
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            kit.client_id(),
            kit.client_secret()
        );
        let header = format!("Authorization: Bearer {token}");
        let api = format!("{}/me", kit.api_base_url());
        curl.args(["--silent", "--fail", "--data", &form, kit.token_url(), "--next"]);
        curl.args(["--silent", "--fail", "--header", &header, &api]);
        curl
    };
    let curl_version = || {
        let mut curl = Command::new("curl");
        curl.arg("--version");
        curl
    };
    let contestants: [(&str, &dyn Fn() -> Command); 4] = [
        ("`persium --version`", &version),
        ("`curl --version`", &curl_version),
        ("`persium me`: a token request and a call", &me),
        ("`curl`, both requests, told the token before", &both),
    ];
    let mut figures = [const { Vec::new() }; 4];
    for round in 0..=effort.rounds(ROUNDS) {
        for ((_, command), figures) in contestants.iter().zip(&mut figures) {
            let taken = timed(command());
            // The first of each reads its program from the disk.
            if round > 0 {
                figures.push(taken);
            }
        }
    }
    let part = Spread::of_ratios(&figures[0], &figures[1]);
    verdicts.at_most("`persium --version`, part of the time of `curl --version`", 1.0, part);
    let part = Spread::of_ratios(&figures[2], &figures[3]);
    verdicts.at_most("`persium me`, part of the time of curl doing both requests", 1.0, part);
    let mut table = Table::new(
        "From the start of the process to its end, against a fake Keycloak and API on the loopback that sign each token:",
        &["command", "ms"],
    );
    for ((name, _), figures) in contestants.into_iter().zip(figures) {
        table.row([name.to_owned(), format!("{:.1}", Spread::of(figures))]);
    }
    vec![table]
}

fn timed(mut command: Command) -> f64 {
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let taken = begun.elapsed().as_secs_f64() * 1e3;
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    taken
}

fn command(program: &Path, arguments: &[&str], kit: &Kit) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).envs(kit.exports());
    command
}

fn token(kit: &Kit) -> String {
    let config = persium_core::Config::from_lookup(|name| kit.lookup(name)).expect("all is told");
    let client = persium_blocking::Client::new(config).expect("no TLS");
    let bearer = client.bearer().expect("the kit gives one");
    let header = bearer.header().to_str().expect("a token is ASCII");
    header.trim_start_matches("Bearer ").to_owned()
}

/// The command, built as it is shipped; for a smoke, as it is tested.
fn program(effort: Effort) -> PathBuf {
    let (profile, arguments) = match effort {
        Effort::Full => ("release", &["--release"][..]),
        Effort::Smoke => ("debug", &[][..]),
    };
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--quiet", "--package", "persium-cli"]).args(arguments);
    assert!(cargo.status().expect("cargo is here").success(), "{cargo:?}");
    let program = workspace::target().join(profile).join("persium");
    program.with_extension(std::env::consts::EXE_EXTENSION)
}
