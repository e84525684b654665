//! Judges: OAuth libraries of others against the fake and a real Keycloak, and our adapters against servers of others.
//!
//! They are in `xtask/judges`, with the releases they are pinned to, and are installed below the target folder.

mod install;
mod stranger;

use anyhow::Result;

use crate::keycloak::{Distribution, Running};
use crate::log::Log;
use crate::suite::{Report, Suite};
use crate::workspace::Workspace;

use install::Tools;
use stranger::Stranger;

/// Installs what is not there yet, starts the servers, and lets the tests ask.
///
/// `tell` hears what is about to take its time.
pub(crate) fn run(workspace: &Workspace, tell: impl Fn(&str)) -> Result<Report> {
    let log = Log::create(workspace, "judges-setup")?;
    tell(&format!("installing libraries of Python, Node and Rust; the log is {}", log.path().display()));
    let tools = Tools::install(workspace, &log)?;
    let mut strangers = [
        Stranger::start("PERSIUM_OIDC_PROVIDER", tools.node("provider.mjs"), &log)?,
        Stranger::start("PERSIUM_OAUTH_TOOLKIT", tools.python("toolkit.py"), &log)?,
    ];
    let build = || Suite::JUDGES.build(workspace);
    let keycloak = Running::start(workspace, Distribution::newest(), &tell, build)?;
    let mut environment = keycloak.environment.clone();
    environment.push(("PERSIUM_JUDGES", tools.folder().display().to_string()));
    for stranger in &mut strangers {
        environment.push(stranger.wait_until_ready(&log)?);
    }
    tell("running the tests");
    Suite::JUDGES.run_with(workspace, &environment)
}
