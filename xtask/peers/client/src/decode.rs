//! A day of measurements of 200 stations: read into what the client hands out, and into plain structs.

use std::borrow::Cow;
use std::hint::black_box;

use bytes::Bytes;
use persium_core::model::Measurement;
use persium_core::plan::{Stride, Walk};
use persium_core::{Limits, Operation as _, Response, api};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::Effort;
use crate::clock::thread_time;
use crate::memory;
use crate::spread::Spread;
use crate::table::Table;
use crate::verdict::Verdicts;

pub const STATIONS: usize = 200;
/// One every five minutes.
pub const ROWS: usize = 288;
const ROUNDS: usize = 15;
const PARAMETERS: [&str; 5] = ["pm2_5", "pm10", "no2", "o3", "temperature"];
const UNITS: [&str; 5] = ["ug/m3", "ug/m3", "ug/m3", "ug/m3", "C"];

/// What rows look like. None is documented: see [`Measurement`].
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A number for each of five parameters.
    Wide,
    /// A value and its unit for each of five parameters.
    WideWithUnits,
    /// A row for each of five parameters.
    Long,
}

impl Shape {
    pub const ALL: [Self; 3] = [Self::Wide, Self::WideWithUnits, Self::Long];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide rows, five numbers each",
            Self::WideWithUnits => "wide rows, five values with units each",
            Self::Long => "long rows, one value each",
        }
    }
}

#[must_use]
pub fn tables(effort: Effort, verdicts: &mut Verdicts) -> Vec<Table> {
    let stations = effort.size(STATIONS);
    let title = format!(
        "The answers for {stations} stations and a day, {ROWS} times five values each: thread time for five values, an \
         answer at a time. persium-core makes five measurements of them, each with station, time, parameter, value, unit \
         and the row's text. Plain rows are what serde derives, of the fields that the answer has; plain measurements \
         are made of them, each with station, time, parameter, value and unit:"
    );
    let header =
        ["rows", "persium-core, ns", "plain rows, ns", "part of it", "plain measurements, ns", "part of it"];
    let mut times = Table::new(title, &header);
    for shape in Shape::ALL {
        let answers = day(shape, stations);
        let contestants: [fn(&[Response]) -> f64; 3] = [
            |answers| timed(answers, typed),
            match shape {
                Shape::Wide => |answers| timed(answers, plain_rows::<WideRow>),
                Shape::WideWithUnits => |answers| timed(answers, plain_rows::<WideRowWithUnits>),
                Shape::Long => |answers| timed(answers, plain_rows::<LongRow>),
            },
            match shape {
                Shape::Wide => |answers| timed(answers, plain_measurements::<WideRow>),
                Shape::WideWithUnits => |answers| timed(answers, plain_measurements::<WideRowWithUnits>),
                Shape::Long => |answers| timed(answers, plain_measurements::<LongRow>),
            },
        ];
        let mut figures = [const { Vec::new() }; 3];
        for _ in 0..effort.rounds(ROUNDS) {
            for (contestant, figures) in contestants.iter().zip(&mut figures) {
                figures.push(contestant(&answers));
            }
        }
        let [ours, rows, measurements] = &figures;
        let [of_rows, of_measurements] = [rows, measurements].map(|plain| Spread::of_ratios(ours, plain));
        let name = shape.name();
        verdicts.at_most(&format!("decoding {name}, part of the time for plain rows"), 1.0, of_rows);
        let what = format!("decoding {name}, part of the time for plain measurements");
        verdicts.at_most(&what, 1.0, of_measurements);
        let [ours, rows, measurements] = figures.map(|figures| format!("{:.0}", Spread::of(figures)));
        let cells = [ours, rows, of_rows.to_string(), measurements, of_measurements.to_string()];
        times.row(std::iter::once(name.to_owned()).chain(cells));
    }
    let mut kept = Table::new(
        "The most memory that is taken while the answers of all stations are read, beside what is left of it; the bodies, \
         which the result keeps, are in neither:",
        &["rows", "most, MB", "result, MB", "times the result"],
    );
    for (shape, [most, result]) in Shape::ALL.into_iter().zip(memory::decoding()) {
        let times = most / result;
        let what = format!("decoding, peak memory, times the result: {}", shape.name());
        verdicts.at_most(&what, 2.0, Spread::of([times]));
        let megabytes = |bytes: f64| format!("{:.1}", bytes / 1e6);
        kept.row([shape.name().to_owned(), megabytes(most), megabytes(result), format!("{times:.2}")]);
    }
    let mut walks = Table::new(
        "The most memory that a walk over the measurements of a station takes, each item dropped as it comes:",
        &["span", "most, KB"],
    );
    let [short, long] = memory::walking();
    verdicts.at_most(
        "a walk over 30 days, its peak memory, times that over 3",
        1.05,
        Spread::of([long / short]),
    );
    for (span, most) in [("3 days", short), ("30 days", long)] {
        walks.row([span.to_owned(), format!("{:.0}", most / 1e3)]);
    }
    vec![times, kept, walks]
}

/// Nanoseconds for five values, what is made of an answer dropped before the next one is read.
fn timed<T>(answers: &[Response], read: impl Fn(&Response) -> T) -> f64 {
    let begun = thread_time();
    for answer in answers {
        black_box(read(answer));
    }
    (thread_time() - begun) / (answers.len() * ROWS) as f64
}

/// As the client hands it out.
#[must_use]
pub fn typed(answer: &Response) -> Vec<Result<Measurement, persium_core::Error>> {
    let operation = api::Measurements::new(Uuid::from_u128(7), start(), start() + Duration::DAY);
    operation.decode(answer).expect("rows").items
}

/// As serde derives it, from text that was checked once: faster than from bytes.
fn plain_rows<R: DeserializeOwned>(answer: &Response) -> Vec<R> {
    let text = std::str::from_utf8(answer.body()).expect("text");
    serde_json::from_str::<Envelope<R>>(text).expect("rows").data
}

/// The same, in the form that is handed out: whatever rows looked like.
fn plain_measurements<R: DeserializeOwned + Measures>(answer: &Response) -> Vec<PlainMeasurement> {
    let rows = plain_rows::<R>(answer);
    let mut measurements = Vec::with_capacity(rows.len() * 5);
    for row in rows {
        row.measures(|time, parameter, value, unit| {
            let station = Uuid::from_u128(7);
            measurements.push(PlainMeasurement { station, time, parameter, value, unit });
        });
    }
    measurements
}

#[expect(dead_code, reason = "they are read into")]
struct PlainMeasurement {
    station: Uuid,
    time: OffsetDateTime,
    parameter: Cow<'static, str>,
    value: Option<f64>,
    unit: Option<String>,
}

/// A row that says what was measured.
trait Measures {
    fn measures(self, found: impl FnMut(OffsetDateTime, Cow<'static, str>, Option<f64>, Option<String>));
}

#[derive(Deserialize)]
struct Envelope<R> {
    data: Vec<R>,
}

#[derive(Deserialize)]
struct WideRow {
    #[serde(with = "time::serde::rfc3339")]
    timestamp: OffsetDateTime,
    pm2_5: Option<f64>,
    pm10: Option<f64>,
    no2: Option<f64>,
    o3: Option<f64>,
    temperature: Option<f64>,
}

impl Measures for WideRow {
    fn measures(self, mut found: impl FnMut(OffsetDateTime, Cow<'static, str>, Option<f64>, Option<String>)) {
        let values = [self.pm2_5, self.pm10, self.no2, self.o3, self.temperature];
        for (parameter, value) in PARAMETERS.into_iter().zip(values) {
            found(self.timestamp, parameter.into(), value, None);
        }
    }
}

#[derive(Deserialize)]
struct WideRowWithUnits {
    #[serde(with = "time::serde::rfc3339")]
    timestamp: OffsetDateTime,
    pm2_5: Option<Cell>,
    pm10: Option<Cell>,
    no2: Option<Cell>,
    o3: Option<Cell>,
    temperature: Option<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    value: Option<f64>,
    unit: Option<String>,
}

impl Measures for WideRowWithUnits {
    fn measures(self, mut found: impl FnMut(OffsetDateTime, Cow<'static, str>, Option<f64>, Option<String>)) {
        let cells = [self.pm2_5, self.pm10, self.no2, self.o3, self.temperature];
        for (parameter, cell) in PARAMETERS.into_iter().zip(cells) {
            if let Some(Cell { value, unit }) = cell {
                found(self.timestamp, parameter.into(), value, unit);
            }
        }
    }
}

#[derive(Deserialize)]
struct LongRow {
    #[serde(with = "time::serde::rfc3339")]
    timestamp: OffsetDateTime,
    parameter: String,
    value: Option<f64>,
    unit: Option<String>,
}

impl Measures for LongRow {
    fn measures(self, mut found: impl FnMut(OffsetDateTime, Cow<'static, str>, Option<f64>, Option<String>)) {
        found(self.timestamp, self.parameter.into(), self.value, self.unit);
    }
}

/// The answers for so many stations.
#[must_use]
pub fn day(shape: Shape, stations: usize) -> Vec<Response> {
    (0..stations).map(|station| answer(shape, station, start())).collect()
}

/// An answer with the rows of a day.
fn answer(shape: Shape, station: usize, day: OffsetDateTime) -> Response {
    let mut rows = Vec::new();
    for row in 0..ROWS {
        let time = day + Duration::minutes(5 * row as i64);
        let time =
            time.format(&time::format_description::well_known::Rfc3339).expect("a year of four digits");
        // Two digits before the point and one after, as sensors have them.
        let value = |column: usize| ((station * 37 + row * 11 + column * 101) % 900) as f64 / 10.0;
        let columns = PARAMETERS.iter().zip(UNITS).enumerate();
        match shape {
            Shape::Wide => {
                let cells: String =
                    columns.map(|(at, (name, _))| format!(r#","{name}":{}"#, value(at))).collect();
                rows.push(format!(r#"{{"timestamp":"{time}"{cells}}}"#));
            }
            Shape::WideWithUnits => {
                let cell = |(at, (name, unit)): (usize, (&&str, &str))| {
                    format!(r#","{name}":{{"value":{},"unit":"{unit}"}}"#, value(at))
                };
                rows.push(format!(r#"{{"timestamp":"{time}"{}}}"#, columns.map(cell).collect::<String>()));
            }
            Shape::Long => rows.extend(columns.map(|(at, (name, unit))| {
                format!(
                    r#"{{"timestamp":"{time}","parameter":"{name}","value":{},"unit":"{unit}"}}"#,
                    value(at)
                )
            })),
        }
    }
    Response::new(Bytes::from(format!(r#"{{"data":[{}]}}"#, rows.join(","))))
}

fn start() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_392_000).expect("a day of 2026")
}

/// The measurements of a station over so many days, each dropped as it comes.
pub fn walk(days: i64) -> usize {
    let limits = Limits::default();
    let to = start() + Duration::days(days) - Duration::SECOND;
    let mut walk = Walk::new(api::measurements(Uuid::from_u128(7), start(), to, &limits));
    let (mut day, mut items) = (start(), 0);
    loop {
        match walk.poll() {
            Stride::Run(operation) => {
                let outcome = operation.decode(&answer(Shape::Wide, 0, day));
                day += Duration::DAY;
                walk.handle_outcome(outcome);
            }
            Stride::Item(item) => {
                item.expect("a measurement");
                items += 1;
            }
            Stride::End => return items,
        }
    }
}
