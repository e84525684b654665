//! Which stations a command is about.

use clap::Args;
use persium_core::Error;
use persium_core::plan::Progress;
use persium_hyper::Client;
use uuid::Uuid;

use super::parse_station;
use crate::progress::Bar;

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
    pub(super) async fn resolve(self, client: &Client, bar: &mut Bar) -> Result<Vec<Uuid>, Error> {
        let mut stations = self.stations;
        if self.all {
            let mut walk = client.stations();
            while let Some(station) = walk.next().await {
                stations.push(station?.uuid);
                // No share of the whole: that is about what follows.
                bar.advance(stations.len(), "stations", Progress::default());
            }
        }
        Ok(stations)
    }
}
