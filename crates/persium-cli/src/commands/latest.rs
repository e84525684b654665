//! `persium latest`: what is it now?

use std::collections::VecDeque;

use clap::Args;
use persium_core::model::{Measurement, Reading};
use serde::Serialize;
use uuid::Uuid;

use super::{Gathering, client, parse_station};
use crate::failure::Failure;
use crate::instant;
use crate::output::{Column, OutputArgs, Record};

/// How many stations are asked at once.
const AT_ONCE: usize = 16;

const EXAMPLES: &str = "\
Examples:
  persium latest UUID                         what is it now?
  persium latest UUID UUID UUID               at three stations, with one token";

/// Show the latest reading of stations
///
/// Name all stations in one run: they are asked about together, with one token. A shell loop with a station a run gets a
/// token for each run, and Persium limits clients that do. Once a minute for each station is enough.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LatestArgs {
    /// Stations, by uuid
    #[arg(value_name = "STATION", required = true, value_parser = parse_station)]
    stations: Vec<Uuid>,
    #[command(flatten)]
    output: OutputArgs,
}

impl LatestArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let client = client()?;
        let mut output = self.output.stdout();
        let mut gathering = Gathering::new(output.list());
        let mut asked = VecDeque::with_capacity(AT_ONCE);
        let mut stations = self.stations.into_iter();
        loop {
            while asked.len() < AT_ONCE
                && let Some(station) = stations.next()
            {
                let client = client.clone();
                asked.push_back(tokio::spawn(async move {
                    Ok(Latest::new(station, client.latest(station).await?))
                }));
            }
            let Some(next) = asked.pop_front() else { break };
            gathering.take(next.await.expect("a call neither panics nor is aborted"))?;
        }
        gathering.finish()
    }
}

/// What a station told last, be it nothing.
#[derive(Serialize)]
pub(super) struct Latest {
    station: Uuid,
    #[serde(with = "time::serde::rfc3339::option")]
    time: Option<time::OffsetDateTime>,
    measurements: Vec<Measurement>,
}

impl Latest {
    pub(super) fn new(station: Uuid, reading: Option<Reading>) -> Self {
        let (time, measurements) = reading.map(|reading| (reading.time, reading.measurements)).unzip();
        Self { station, time, measurements: measurements.unwrap_or_default() }
    }

    pub(super) fn measurements(&self) -> &[Measurement] {
        &self.measurements
    }
}

impl Record for Latest {
    const COLUMNS: &'static [Column] = &[
        Column::Text("STATION"),
        Column::Text("TIME (UTC)"),
        Column::Text("PARAMETER"),
        Column::Number("VALUE"),
        Column::Text("UNIT"),
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        let station = self.station.to_string();
        if self.measurements.is_empty() {
            return vec![vec![station, "no reading".to_owned(), String::new(), String::new(), String::new()]];
        }
        let row = |measurement: &Measurement| {
            vec![
                station.clone(),
                instant::show(measurement.time),
                measurement.parameter.to_string(),
                measurement.value.map(|value| value.to_string()).unwrap_or_default(),
                measurement.unit.as_deref().unwrap_or_default().to_owned(),
            ]
        };
        self.measurements.iter().map(row).collect()
    }
}
