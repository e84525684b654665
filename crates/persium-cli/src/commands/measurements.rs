//! `persium measurements`: what was it?

use std::time::Duration;

use clap::Args;
use persium_core::model::Measurement;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Gathering, client, parse_station};
use crate::failure::Failure;
use crate::instant::{self, parse_span, parse_time};
use crate::output::{Column, OutputArgs, Record};

const EXAMPLES: &str = "\
Examples:
  persium measurements UUID                   the last 24 hours
  persium measurements UUID --since 7d        the last seven days
  persium measurements UUID --from 2026-11-22 since that day began, in UTC
  persium measurements UUID --from 2026-11-22T08:00:00Z --to 2026-11-22T09:00:00+01:00";

/// List the measurements of a station over a window of time
///
/// However long the window, it takes one run and one token. A shell loop over short windows gets a token for each run,
/// and Persium limits clients that do.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MeasurementsArgs {
    /// The station, by uuid
    #[arg(value_parser = parse_station)]
    station: Uuid,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// The options that say when.
#[derive(Args, Clone, Copy, Debug)]
struct WindowArgs {
    /// How far back from now, as in 30m, 24h or 7d
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = parse_span, conflicts_with = "from")]
    since: Duration,
    /// The window's start: a time with Z or an offset, or a day in UTC
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<OffsetDateTime>,
    /// Its end [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time, requires = "from")]
    to: Option<OffsetDateTime>,
}

impl MeasurementsArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let (from, to) = self.window.bounds(OffsetDateTime::now_utc())?;
        let mut measurements = client()?.measurements(self.station, from, to);
        let mut output = self.output.stdout();
        let mut gathering = Gathering::new(output.list());
        while let Some(measurement) = measurements.next().await {
            gathering.take(measurement.map(Row))?;
        }
        gathering.finish_walk()
    }
}

impl WindowArgs {
    fn bounds(self, now: OffsetDateTime) -> Result<(OffsetDateTime, OffsetDateTime), Failure> {
        let to = self.to.unwrap_or(now);
        let from = match self.from {
            Some(from) => from,
            None => to
                .checked_sub(self.since.try_into().unwrap_or(time::Duration::MAX))
                .ok_or(Failure::Usage("--since reaches back further than time can be told".to_owned()))?,
        };
        if from < to {
            Ok((from, to))
        } else {
            let (from, to) = (instant::show(from), instant::show(to));
            Err(Failure::Usage(format!(
                "the window is empty: {from} UTC, its start, is not before {to} UTC, its end"
            )))
        }
    }
}

/// A measurement as an entry of a list.
#[derive(Serialize)]
#[serde(transparent)]
struct Row(Measurement);

impl Record for Row {
    const COLUMNS: &'static [Column] = &[
        Column::Text("TIME (UTC)"),
        Column::Text("PARAMETER"),
        Column::Number("VALUE"),
        Column::Text("UNIT"),
        Column::Text("STATION"),
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        let Self(measurement) = self;
        vec![vec![
            instant::show(measurement.time),
            measurement.parameter.to_string(),
            measurement.value.map(|value| value.to_string()).unwrap_or_default(),
            measurement.unit.as_deref().unwrap_or_default().to_owned(),
            measurement.station.to_string(),
        ]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

    fn window(from: Option<OffsetDateTime>, to: Option<OffsetDateTime>) -> WindowArgs {
        WindowArgs { since: Duration::from_hours(24), from, to }
    }

    #[test]
    fn a_window_ends_now_unless_told_otherwise() {
        let noon_before = datetime!(2026-11-21 12:00 UTC);
        assert_eq!(window(None, None).bounds(NOW).unwrap(), (noon_before, NOW));
        let from = datetime!(2026-11-01 0:00 UTC);
        assert_eq!(window(Some(from), None).bounds(NOW).unwrap(), (from, NOW));
        assert_eq!(window(Some(from), Some(noon_before)).bounds(NOW).unwrap(), (from, noon_before));
    }

    #[test]
    fn a_window_that_holds_nothing_is_wrong_usage() {
        let tomorrow = datetime!(2026-11-23 12:00 UTC);
        assert_eq!(window(Some(tomorrow), None).bounds(NOW).unwrap_err().exit(), Exit::Usage);
        assert_eq!(window(Some(NOW), Some(NOW)).bounds(NOW).unwrap_err().exit(), Exit::Usage);
        let since = Duration::from_secs(u64::MAX);
        let endless = WindowArgs { since, from: None, to: None };
        assert_eq!(endless.bounds(NOW).unwrap_err().exit(), Exit::Usage);
    }
}
