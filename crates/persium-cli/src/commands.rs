//! The subcommands: one file each, with its options, its help and what it does.

pub(crate) mod demo;
pub(crate) mod fake;
pub(crate) mod latest;
pub(crate) mod me;
pub(crate) mod measurements;
pub(crate) mod stations;

mod gathering;

use gathering::Gathering;
use persium_hyper::Client;
use uuid::Uuid;

use crate::environment;
use crate::failure::Failure;

/// A client of the environment's values.
fn client() -> Result<Client, Failure> {
    let product = concat!("persium-cli/", env!("CARGO_PKG_VERSION"));
    Ok(Client::builder(environment::config()?).user_agent(product).build()?)
}

/// Reads a `STATION` of the command line.
fn parse_station(text: &str) -> Result<Uuid, String> {
    Uuid::try_parse(text)
        .map_err(|_| "expected a station's uuid, as `persium stations` lists them".to_owned())
}
