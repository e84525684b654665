//! `persium measurements`: what was it?

use std::time::Duration;

use clap::Args;
use time::OffsetDateTime;

use super::{Gathering, SelectionArgs};
use crate::failure::{self, Failure};
use crate::instant::{self, parse_span, parse_time};
use crate::output::OutputArgs;
use crate::progress::Bar;
use crate::settings::ClientArgs;

const EXAMPLES: &str = "\
Examples:
  persium measurements UUID                   the last 24 hours
  persium measurements UUID UUID --since 7d   the last seven days, of two stations
  persium measurements UUID --from 2026-11-22 since that day began, in UTC
  persium measurements UUID --from 2026-11-22T08:00:00Z --to 2026-11-22T09:00:00+01:00
  persium measurements --all --format csv > day.csv";

/// List the measurements of stations over a window of time
///
/// However long the window and however many the stations, it takes one run and one token. A shell loop over stations or
/// short windows gets a token for each run, and Persium limits clients that do.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MeasurementsArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
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
        let client = self.client.client()?;
        let mut output = self.output.stdout();
        let mut bar = Bar::beside(output.format());
        let stations = self.selection.resolve(&client, &mut bar).await?;
        let mut gathering = Gathering::new(&mut output, bar, stations.len());
        for &station in &stations {
            gathering.walk(client.measurements(station, from, to)).await?;
            if gathering.is_given_up() {
                break;
            }
        }
        let silent = stations.first().filter(|_| gathering.is_empty());
        gathering.finish()?;
        if let Some(station) = silent {
            let (from, to) = (instant::write(from), instant::write(to));
            failure::hint(&format!(
                "why is that? persium doctor --station {station} --from {from} --to {to}"
            ));
        }
        Ok(())
    }
}

impl WindowArgs {
    /// The window, in the whole seconds that the API is asked in.
    fn bounds(self, now: OffsetDateTime) -> Result<(OffsetDateTime, OffsetDateTime), Failure> {
        let to = self.to.unwrap_or(now).truncate_to_second();
        let from = match self.from {
            Some(from) => from,
            None => {
                to.checked_sub(self.since.try_into().unwrap_or(time::Duration::MAX)).ok_or_else(|| {
                    let problem = "--since reaches back further than time can be told".to_owned();
                    Failure::Usage { problem, remedy: "give a shorter span, as in 7d" }
                })?
            }
        };
        if from < to {
            Ok((from, to))
        } else {
            let (from, to) = (instant::show(from), instant::show(to));
            let problem =
                format!("the window is empty: {from} UTC, its start, is not before {to} UTC, its end");
            Err(Failure::Usage { problem, remedy: "exchange --from and --to, or move them apart" })
        }
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
    fn a_window_is_of_whole_seconds_so_that_a_day_is_one_request() {
        let now = NOW + time::Duration::milliseconds(700);
        let (from, to) = window(None, None).bounds(now).unwrap();
        assert_eq!((to, to - from), (NOW, time::Duration::DAY));
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
