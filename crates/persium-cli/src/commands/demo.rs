//! `persium demo`: the whole job, with nothing to set up.

use std::io::{Stdout, Write};

use clap::Args;
use persium_core::Config;
use persium_core::model::{Me, Measurement, Station, StationStatus};
use persium_hyper::Client;
use persium_testkit::Kit;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::chart::Chart;
use crate::failure::Failure;
use crate::instant;
use crate::log::LogArgs;
use crate::output::{Cell, Column, End, Format, Output, OutputArgs, Record};
use crate::records::Latest;
use crate::text::Plain;

/// What the chart shows, where the station measures it.
const CHARTED: &str = "PM2.5";
/// Two measurements further apart than this are not joined by a line.
const GAP: Duration = Duration::minutes(45);
/// How many stations of the list are shown.
const SHOWN: usize = 5;

/// Do the whole job once, against a fake Persium inside this process: nothing to set up
///
/// It gets a token, says who we are, lists the stations, pulls a day of measurements and the latest reading of one, and
/// tells what that took.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    log: LogArgs,
}

impl DemoArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        self.log.start();
        let kit = Kit::spawn().await;
        let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
        let job = Job::run(&client).await?;
        // Made to be looked at: in a log of CI as well.
        let mut output = self.output.stdout_or(Format::Table);
        match output.format() {
            Format::Table => tell(&mut output, &kit, job),
            _ => Ok(output.one(&Summary::new(&kit, &job))?),
        }
    }
}

/// What the job brought.
struct Job {
    me: Me,
    stations: Vec<Station>,
    /// The first station that is online: the one the rest is about.
    station: Station,
    from: OffsetDateTime,
    to: OffsetDateTime,
    measurements: Vec<Measurement>,
    latest: Latest,
}

impl Job {
    async fn run(client: &Client) -> Result<Self, Failure> {
        let me = client.me().await?;
        let stations = client.stations().collect_all().await?;
        let online = stations.iter().find(|station| station.status == Some(StationStatus::Online));
        let station = online.expect("the fake has stations that are online").clone();
        let to = OffsetDateTime::now_utc().truncate_to_second();
        let from = to - Duration::DAY;
        let measurements = client.measurements(station.uuid, from, to).collect_all().await?;
        let latest = Latest::new(station.uuid, client.latest(station.uuid).await?);
        Ok(Self { me, stations, station, from, to, measurements, latest })
    }
}

/// The job in figures.
#[derive(Serialize)]
struct Summary {
    token_requests: u64,
    api_requests: u64,
    stations: usize,
    measurements: usize,
    /// The station that the measurements and the latest reading are of.
    station: uuid::Uuid,
    latest: Vec<Measurement>,
}

impl Summary {
    fn new(kit: &Kit, job: &Job) -> Self {
        Self {
            token_requests: kit.token_requests(),
            api_requests: kit.api_requests(),
            stations: job.stations.len(),
            measurements: job.measurements.len(),
            station: job.station.uuid,
            latest: job.latest.measurements.clone(),
        }
    }
}

impl Record for Summary {
    const COLUMNS: &'static [Column] = &[
        Column::number("token_requests"),
        Column::number("api_requests"),
        Column::number("stations"),
        Column::number("measurements"),
        Column::text("station"),
    ];

    fn rows(&self) -> Vec<Vec<Cell>> {
        let Self { token_requests, api_requests, stations, measurements, station, latest: _ } = self;
        vec![vec![
            token_requests.to_string().into(),
            api_requests.to_string().into(),
            stations.to_string().into(),
            measurements.to_string().into(),
            station.to_string().into(),
        ]]
    }
}

/// The job step by step, each below the command that would do it.
fn tell(output: &mut Output<Stdout>, kit: &Kit, job: Job) -> Result<(), Failure> {
    let (token_requests, api_requests) = (kit.token_requests(), kit.api_requests());
    let Job { me, stations, station, from, to, measurements, latest } = job;
    output.line(&format!(
        "A fake Persium is in this process, at {}. Nothing leaves this machine.",
        kit.api_base_url()
    ))?;

    step(output, "persium me")?;
    output.one(&me)?;

    step(output, "persium stations")?;
    let more = stations.len().saturating_sub(SHOWN);
    let mut list = output.list();
    for station in stations.into_iter().take(SHOWN) {
        list.push(&station)?;
    }
    list.end(End::Whole)?;
    if more > 0 {
        output.line(&format!("and {more} more"))?;
    }

    step(output, &format!("persium latest {}", station.uuid))?;
    let mut list = output.list();
    list.push(&latest)?;
    list.end(End::Whole)?;

    step(output, &format!("persium measurements {} --since 24h", station.uuid))?;
    let (day_before, now) = (instant::show(from), instant::show(to));
    output.line(&format!("{} measurements from {day_before} to {now} UTC", measurements.len()))?;
    draw(output, &station, from, to, &measurements)?;

    let tokens = if token_requests == 1 { "1 token".to_owned() } else { format!("{token_requests} tokens") };
    let heading = output.heading();
    output.line(&format!(
        "\n{heading}{tokens} for all {api_requests} calls.{heading:#} Next: `persium fake` serves this to your own code."
    ))?;
    Ok(())
}

fn step(output: &mut Output<impl Write>, command: &str) -> Result<(), Failure> {
    let heading = output.heading();
    Ok(output.line(&format!("\n{heading}$ {command}{heading:#}"))?)
}

fn draw(
    output: &mut Output<impl Write>,
    station: &Station,
    from: OffsetDateTime,
    to: OffsetDateTime,
    measurements: &[Measurement],
) -> Result<(), Failure> {
    let of_it = || measurements.iter().filter(|measurement| measurement.parameter == *CHARTED);
    let points: Vec<_> =
        of_it().filter_map(|measurement| Some((measurement.time, measurement.value?))).collect();
    let unit = of_it().find_map(|measurement| measurement.unit.as_deref()).unwrap_or("no unit given");
    let name = station.name.as_deref().unwrap_or("this station");
    output.line(&format!("\n{CHARTED} at {}, {}, times in UTC", Plain(name), Plain(unit)))?;
    let drawing = Chart { from, to, points: &points, gap: GAP }.draw(64, 9);
    drawing.lines().try_for_each(|line| output.line(line))?;
    Ok(())
}
