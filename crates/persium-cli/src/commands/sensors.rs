//! `persium sensors`: what does it measure?

use clap::Args;
use uuid::Uuid;

use super::parse_station;
use crate::failure::Failure;
use crate::output::{End, OutputArgs};
use crate::settings::ClientArgs;

/// List the sensors of a station
#[derive(Args, Debug)]
pub(crate) struct SensorsArgs {
    /// The station, by uuid
    #[arg(value_parser = parse_station)]
    station: Uuid,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
}

impl SensorsArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let sensors = self.client.client()?.sensors(self.station).await?;
        let mut output = self.output.stdout();
        let mut list = output.list();
        sensors.iter().try_for_each(|sensor| list.push(sensor))?;
        Ok(list.end(End::Whole)?)
    }
}
