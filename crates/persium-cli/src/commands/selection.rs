//! Which stations a command is about.

use clap::Args;
use persium_core::Error;
use persium_hyper::Client;
use uuid::Uuid;

use super::parse_station;

/// The stations that are named, or all of them.
#[derive(Args, Debug)]
pub(super) struct SelectionArgs {
    /// Stations, by uuid
    #[arg(value_name = "STATION", required_unless_present = "all", value_parser = parse_station)]
    stations: Vec<Uuid>,
    /// All stations of your organisation
    #[arg(long, conflicts_with = "stations")]
    all: bool,
}

impl SelectionArgs {
    /// The stations, in the order they were named or are listed.
    pub(super) async fn resolve(self, client: &Client) -> Result<Vec<Uuid>, Error> {
        if !self.all {
            return Ok(self.stations);
        }
        let stations = client.stations().collect_all().await?;
        Ok(stations.into_iter().map(|station| station.uuid).collect())
    }
}
