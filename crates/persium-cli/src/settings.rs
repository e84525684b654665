//! What the client is told: by the environment, or by a profile of a file.

mod environment;
mod profile;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use persium_hyper::Client;

use crate::failure::Failure;
use crate::instant::parse_span;
use crate::log::LogArgs;

/// What `--help` says about where values come from.
pub(crate) const HELP: [&str; 2] = [environment::HELP, profile::HELP];

/// The options of every command that asks Persium.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ClientArgs {
    /// Take the values from this profile of the configuration file, and no others [env: PERSIUM_PROFILE]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// That file, in TOML [env: PERSIUM_CONFIG] [default: persium/config.toml where configuration is kept]
    ///
    /// Without --profile its profile named by `default` is taken, or its only one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How long one request may take, waits and retries included [default: 60s]
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    timeout: Option<Duration>,
    #[command(flatten)]
    log: LogArgs,
}

impl ClientArgs {
    /// A client of those values. Begins to tell what it does, if that is asked for.
    pub(crate) fn client(self) -> Result<Client, Failure> {
        self.log.start();
        // Not by clap's `env`, to which an empty variable is a value.
        let named = environment::variable("PERSIUM_PROFILE").map(|name| name.to_string_lossy().into_owned());
        let file = environment::variable("PERSIUM_CONFIG").map(PathBuf::from);
        let values = match (self.profile.or(named), self.config.or(file)) {
            (None, None) => environment::values()?,
            (name, Some(file)) => profile::values(&file, name.as_deref())?,
            (name, None) => profile::values(&profile::default_file()?, name.as_deref())?,
        };
        let client = values.client()?;
        Ok(self.timeout.map(|timeout| client.within(timeout)).unwrap_or(client))
    }
}
