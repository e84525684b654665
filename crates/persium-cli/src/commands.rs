//! The subcommands: one file each, with its options, its help and what it does.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod fake;
pub(crate) mod get;
pub(crate) mod latest;
pub(crate) mod man;
pub(crate) mod me;
pub(crate) mod measurements;
pub(crate) mod report;
pub(crate) mod sensors;
pub(crate) mod station;
pub(crate) mod stations;

mod gathering;
mod selection;

use gathering::Gathering;
use selection::SelectionArgs;
use uuid::Uuid;

/// Reads a `STATION` of the command line.
fn parse_station(text: &str) -> Result<Uuid, String> {
    Uuid::try_parse(text)
        .map_err(|_| "expected a station's uuid, as `persium stations` lists them".to_owned())
}
