//! `persium station`: what is known of one?

use clap::Args;
use uuid::Uuid;

use super::parse_station;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::settings::ClientArgs;

/// Show all that is known of one station
#[derive(Args, Debug)]
pub(crate) struct StationArgs {
    /// The station, by uuid
    #[arg(value_parser = parse_station)]
    station: Uuid,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
}

impl StationArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let station = self.client.client()?.station(self.station).await?;
        Ok(self.output.stdout().one(&station)?)
    }
}
