//! `persium sensors`: what does it measure?

use clap::Args;
use uuid::Uuid;

use super::{Gathering, parse_station};
use crate::failure::Failure;
use crate::output::OutputArgs;
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
        let mut gathering = Gathering::new(&mut output);
        sensors.into_iter().try_for_each(|sensor| gathering.take(Ok(sensor)))?;
        gathering.finish()
    }
}
