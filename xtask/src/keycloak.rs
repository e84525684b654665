//! The client against a real Keycloak, started for the occasion.

mod authority;
mod control;
mod distribution;
mod plan;
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::leak::{self, Needles};
use crate::log::Log;
use crate::suite::Report;
use crate::workspace::Workspace;

pub(crate) use distribution::Distribution;
pub(crate) use plan::{HELP, Plan};
pub(crate) use server::free_address;

use control::Control;
use plan::Recordings;
use server::Server;

/// Runs the tests that need a Keycloak, against each release of the plan.
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
    let suite = plan.suite(release);
    // Compiling takes the processor about as long as Keycloak does to start, and fails earlier.
    let keycloak = Running::start(workspace, release, &tell, || suite.build(workspace))?;
    tell("running the tests");
    let mut environment = keycloak.environment.clone();
    environment.push(("PERSIUM_KEYCLOAK_FUZZ", plan.fuzz.to_string()));
    environment.push(("PERSIUM_KEYCLOAK_SEED", plan.seed.to_string()));
    if plan.recordings == Recordings::Renewed {
        environment.push(("PERSIUM_KEYCLOAK_RECORD", "1".to_owned()));
    }
    let report = suite.run_with(workspace, &environment)?;
    if report.tally().is_green() {
        leak::expect_none(&workspace.log(suite.name), &Needles::of(secrets(&realms(workspace))?))?;
    }
    Ok(report)
}

/// A Keycloak that is ready. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Running {
    /// What `persium_tests::keycloak::Keycloak::running` reads.
    pub(crate) environment: Vec<(&'static str, String)>,
    #[expect(dead_code, reason = "held for the server it has")]
    control: Control,
}

impl Running {
    /// Fetches the release, starts it with our realms, and waits until it is ready, with something to do meanwhile.
    pub(crate) fn start(
        workspace: &Workspace,
        release: Distribution,
        tell: impl Fn(&str),
        meanwhile: impl FnOnce() -> Result<()>,
    ) -> Result<Self> {
        let log = Log::create(workspace, "keycloak-server")?;
        if !release.is_fetched(workspace) {
            tell(&format!("fetching {release} through Maven, once"));
            release.fetch(workspace, &log)?;
        }
        let home = release.unpack(workspace, &log)?;
        home.import(&realms(workspace))?;

        tell(&format!("starting {release}; its log is {}", log.path().display()));
        let mut server = Server::start(&home, &log)?;
        meanwhile()?;
        server.wait_until_ready(&log)?;
        home.mark_usable()?;

        let (plain, tls) = (server.url(), server.tls_url());
        let control = Control::of(server, home, log)?;
        let environment = vec![
            ("PERSIUM_KEYCLOAK", plain),
            ("PERSIUM_KEYCLOAK_TLS", tls),
            ("PERSIUM_KEYCLOAK_CA", control.home().tls().join(authority::CA).display().to_string()),
            ("PERSIUM_KEYCLOAK_CONTROL", control.address().to_string()),
            ("PERSIUM_KEYCLOAK_RELEASE", release.version.to_owned()),
        ];
        Ok(Self { environment, control })
    }
}

fn realms(workspace: &Workspace) -> PathBuf {
    workspace.root().join("tests").join("keycloak").join("realms")
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
