//! `persium stations`: what is there?

use clap::Args;
use persium_core::model::{AirQualityIndex, Station};
use serde::Serialize;

use super::{Gathering, client};
use crate::failure::Failure;
use crate::instant;
use crate::output::{Column, OutputArgs, Record};

/// List the stations of your organisation
///
/// The indices are the API's own: the UK's daily one, the European common one, the United States' one.
#[derive(Args, Debug)]
pub(crate) struct StationsArgs {
    #[command(flatten)]
    output: OutputArgs,
}

impl StationsArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let mut stations = client()?.stations();
        let mut output = self.output.stdout();
        let mut gathering = Gathering::new(output.list());
        while let Some(station) = stations.next().await {
            gathering.take(station.map(Row))?;
        }
        gathering.finish_walk()
    }
}

/// A station as an entry of a list; for programs it is as the API wrote it.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Row(pub(super) Station);

impl Record for Row {
    const COLUMNS: &'static [Column] = &[
        Column::Text("UUID"),
        Column::Text("NAME"),
        Column::Text("STATUS"),
        Column::Number("DAQI"),
        Column::Number("CAQI"),
        Column::Number("USAQI"),
        Column::Text("LAST UPDATED (UTC)"),
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        let Self(station) = self;
        vec![vec![
            station.uuid.to_string(),
            station.name.clone().unwrap_or_default(),
            station.status.as_ref().map(ToString::to_string).unwrap_or_default(),
            index(station.daqi.as_ref()),
            index(station.caqi.as_ref()),
            index(station.usaqi.as_ref()),
            station.last_updated.map(instant::show).unwrap_or_default(),
        ]]
    }
}

fn index(index: Option<&AirQualityIndex>) -> String {
    index.and_then(|index| index.value).map(|value| value.to_string()).unwrap_or_default()
}
