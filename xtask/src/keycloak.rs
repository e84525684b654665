//! The client against a real Keycloak, started for the occasion.

mod authority;
mod control;
mod distribution;
mod plan;
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::leak::{self, Needles};
use crate::log::Log;
use crate::suite::Report;
use crate::workspace::Workspace;

pub(crate) use plan::{HELP, Plan};

use control::Control;
use distribution::Distribution;
use plan::Recordings;
use server::Server;

/// Fetches and starts Keycloak with our realms, runs the tests that need it, and stops it whatever came of them: for each
/// release of the plan.
///
/// `tell` hears what is about to take its time.
pub(crate) fn run(workspace: &Workspace, plan: &Plan, tell: impl Fn(&str)) -> Result<Report> {
    let mut reports = Vec::new();
    for release in &plan.releases {
        reports.push(run_release(workspace, plan, *release, &tell)?);
    }
    reports.into_iter().reduce(Report::and).context("no release was named")
}

fn run_release(
    workspace: &Workspace,
    plan: &Plan,
    release: Distribution,
    tell: impl Fn(&str),
) -> Result<Report> {
    let realms = workspace.root().join("tests").join("keycloak").join("realms");
    let log = Log::create(workspace, "keycloak-server")?;
    if !release.is_fetched(workspace) {
        tell(&format!("fetching {release} through Maven, once"));
        release.fetch(workspace, &log)?;
    }
    let home = release.unpack(workspace, &log)?;
    home.import(&realms)?;

    tell(&format!("starting {release}; its log is {}", log.path().display()));
    let mut server = Server::start(&home, &log)?;
    // Compiling takes the processor about as long as Keycloak does to start, and fails earlier.
    let suite = plan.suite(release);
    suite.build(workspace)?;
    server.wait_until_ready(&log)?;
    home.mark_usable()?;

    tell(&format!("running the tests against {}", server.url()));
    let (url, tls_url) = (server.url(), server.tls_url());
    let ca = home.tls().join(authority::CA).display().to_string();
    let control = Control::of(server, log)?;
    let address = control.address().to_string();
    let (fuzz, seed) = (plan.fuzz.to_string(), plan.seed.to_string());
    // What `persium_tests::keycloak` reads.
    let mut environment = vec![
        ("PERSIUM_KEYCLOAK", url.as_str()),
        ("PERSIUM_KEYCLOAK_TLS", &tls_url),
        ("PERSIUM_KEYCLOAK_CA", &ca),
        ("PERSIUM_KEYCLOAK_CONTROL", &address),
        ("PERSIUM_KEYCLOAK_RELEASE", release.version),
        ("PERSIUM_KEYCLOAK_FUZZ", &fuzz),
        ("PERSIUM_KEYCLOAK_SEED", &seed),
    ];
    if plan.recordings == Recordings::Renewed {
        environment.push(("PERSIUM_KEYCLOAK_RECORD", "1"));
    }
    let report = suite.run_with(workspace, &environment)?;
    if report.tally().is_green() {
        leak::expect_none(&workspace.log(suite.name), &Needles::of(secrets(&realms)?))?;
    }
    Ok(report)
}

/// The secret of every client of every realm file.
fn secrets(realms: &Path) -> Result<BTreeSet<String>> {
    let mut secrets = BTreeSet::new();
    for realm in distribution::realm_files(realms)? {
        let text = fs::read(&realm)?;
        let realm: Value =
            serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", realm.display()))?;
        let clients = realm["clients"].as_array().into_iter().flatten();
        secrets.extend(clients.filter_map(|client| client["secret"].as_str()).map(str::to_owned));
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_of_our_realms_are_known_to_the_search_for_leaks() {
        let realms = Workspace::current().root().join("tests/keycloak/realms");
        let secrets = secrets(&realms).unwrap();
        assert!(secrets.len() > 3, "{secrets:?}");
        assert!(
            secrets.iter().all(|secret| secret.len() >= 12),
            "one so short would be found by chance: {secrets:?}"
        );
    }
}
