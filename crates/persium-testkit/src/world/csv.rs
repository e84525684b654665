//! A world from measurements in a CSV file: long or wide, whatever else its columns are.

use std::collections::BTreeMap;
use std::fmt;

use csv::{Position, ReaderBuilder, StringRecord, Trim};
use uuid::Uuid;

use super::{Organisation, Sample, Station, World};
use crate::api;
use crate::seed;

/// Why a CSV is no world. Says the line, counted from 1, and what was expected there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CsvError {
    line: u64,
    expected: String,
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the CSV: {}", self.line, self.expected)
    }
}

impl std::error::Error for CsvError {}

/// What a column is for.
enum Column {
    Station,
    Time,
    Parameter,
    Value,
    Unit,
    /// A parameter of its own, and its unit where the header has one in brackets.
    Wide(String, String),
}

/// One line, cell by cell.
#[derive(Default)]
struct Line {
    station: Option<String>,
    at: Option<i64>,
    parameter: Option<String>,
    value: Option<f64>,
    unit: String,
    wide: Vec<(String, f64, String)>,
}

impl World {
    /// A world of one organisation, its stations and measurements as in a CSV with a header line.
    ///
    /// The columns: `timestamp` (or `time`), RFC 3339; `station`, a uuid or a name, may be missing. Long rows have
    /// `parameter`, `value` and perhaps `unit`; in wide ones every other column is a parameter, its unit in brackets.
    /// Empty cells are gaps. Cells are parted by commas, and stand in quotes where they must (RFC 4180). So the table that
    /// `persium measurements --format csv` writes is a world.
    ///
    /// # Errors
    /// With the line where a time or a number cannot be read, or a column is missing.
    ///
    /// ```
    /// use persium_testkit::World;
    ///
    /// let world = World::from_csv(
    ///     "station,timestamp,PM25 [µg/m³],NO2 [µg/m³]\n\
    ///      Roof,2026-01-05T11:00:00Z,8.1,\n\
    ///      Roof,2026-01-05T11:15:00Z,7.9,21\n\
    ///      Yard,2026-01-05T11:00:00Z,4.4,9\n",
    /// )?;
    /// let names: Vec<_> = world.organisations()[0].stations().iter().map(|station| station.name()).collect();
    /// assert_eq!(names, ["Roof", "Yard"]);
    ///
    /// let wrong = World::from_csv("timestamp,PM25\n2026-01-05,8.1\n").unwrap_err();
    /// assert_eq!(wrong.to_string(), "line 2 of the CSV: expected a time in RFC 3339, not 2026-01-05");
    /// # Ok::<(), persium_testkit::CsvError>(())
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, CsvError> {
        // Spreadsheets begin a file with a mark of its byte order.
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| unreadable(&error))?;
        let is_long = header.iter().any(|cell| cell.eq_ignore_ascii_case("parameter"));
        let columns: Vec<_> = header.iter().map(|cell| column(cell, is_long)).collect();
        if !columns.iter().any(|column| matches!(column, Column::Time)) {
            return Err(CsvError { line: 1, expected: "expected a column called timestamp".into() });
        }
        let mut stations: Vec<(String, BTreeMap<i64, Sample>)> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(&error))?;
            let number = record.position().map_or(0, |position| line_number(text, position));
            let line = line(&record, number, &columns)?;
            let at =
                line.at.ok_or(CsvError { line: number, expected: "expected a time in RFC 3339".into() })?;
            let name = line.station.unwrap_or_else(|| "Station".into());
            let place = stations.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                stations.push((name, BTreeMap::new()));
                stations.len() - 1
            });
            let sample = stations[place].1.entry(at).or_insert_with(|| Sample { at, values: Vec::new() });
            let long = line.parameter.zip(line.value).map(|(parameter, value)| (parameter, value, line.unit));
            let values = line.wide.into_iter().chain(long);
            sample.values.extend(values.map(|(code, value, unit)| (code.into(), value, unit.into())));
        }
        let organisation = Organisation::new(seed::uuid(0, &[]), "From a CSV");
        let organisation = stations.into_iter().fold(organisation, |organisation, (name, samples)| {
            let uuid = Uuid::parse_str(&name).unwrap_or_else(|_| seed::uuid(0, &[seed::of_text(&name)]));
            organisation.station(Station::new(uuid, name).with_samples(samples.into_values().collect()))
        });
        Ok(Self::empty(0).organisation(organisation))
    }
}

/// A record begins, to its reader, with the empty lines before it.
fn line_number(text: &str, position: &Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let bytes = text.as_bytes().get(start..).unwrap_or_default().iter();
    let ends = bytes.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    position.line() + ends.count() as u64
}

fn unreadable(error: &csv::Error) -> CsvError {
    let line = error.position().map_or(0, Position::line);
    CsvError { line, expected: format!("expected comma-separated values: {error}") }
}

fn column(name: &str, is_long: bool) -> Column {
    match name.to_lowercase().as_str() {
        "station" => Column::Station,
        "timestamp" | "time" => Column::Time,
        "parameter" => Column::Parameter,
        "value" if is_long => Column::Value,
        "unit" if is_long => Column::Unit,
        _ => {
            let (code, unit) = name.split_once('[').unwrap_or((name, ""));
            Column::Wide(code.trim().to_owned(), unit.trim_end_matches(']').trim().to_owned())
        }
    }
}

fn line(record: &StringRecord, number: u64, columns: &[Column]) -> Result<Line, CsvError> {
    let wrong = |expected: String| CsvError { line: number, expected };
    let value = |cell: &str| {
        let number: Option<f64> = cell.parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| wrong(format!("expected a number, not {cell}")))
    };
    let mut line = Line::default();
    for (cell, column) in record.iter().zip(columns).filter(|(cell, _)| !cell.is_empty()) {
        match column {
            Column::Station => line.station = Some(cell.to_owned()),
            Column::Time => {
                let at = api::parse_time(cell);
                line.at = Some(at.ok_or_else(|| wrong(format!("expected a time in RFC 3339, not {cell}")))?);
            }
            Column::Parameter => line.parameter = Some(cell.to_owned()),
            Column::Value => line.value = Some(value(cell)?),
            Column::Unit => cell.clone_into(&mut line.unit),
            Column::Wide(code, unit) => line.wide.push((code.clone(), value(cell)?, unit.clone())),
        }
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Window;

    fn samples(csv: &str) -> Vec<Sample> {
        let world = World::from_csv(csv).unwrap();
        let window = Window { from: 0, to: i64::MAX };
        world.organisations()[0].stations()[0].samples(0, window, i64::MAX, 0)
    }

    #[test]
    fn long_and_wide_rows_are_the_same_measurements() {
        let long =
            "time,parameter,value,unit\n2026-01-05T11:00:00Z,PM25,8.1,ug\n2026-01-05T11:00:00Z,NO2,3,ug\n";
        let wide = "\"time\",\"PM25 [ug]\",\"NO2 [ug]\"\n\n2026-01-05T12:00:00+01:00,8.1,3\n";
        assert_eq!(samples(long), samples(wide));
        assert_eq!(samples(long)[0].values.len(), 2);
    }

    #[test]
    fn a_spreadsheets_table_is_read() {
        let csv = "\u{feff}station,time,parameter,value,unit\r\n\"Roof, \"\"north\"\"\",2026-01-05T11:00:00Z,PM25,8.1,\r\n";
        let world = World::from_csv(csv).unwrap();
        assert_eq!(world.organisations()[0].stations()[0].name(), "Roof, \"north\"");
        assert_eq!(samples(csv).len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_line() {
        let line = |csv| World::from_csv(csv).unwrap_err().to_string();
        assert_eq!(line("PM25\n1\n"), "line 1 of the CSV: expected a column called timestamp");
        assert_eq!(line("time,PM25\n2026-01-05T11:00:00Z,x"), "line 2 of the CSV: expected a number, not x");
        assert_eq!(line("time,PM25\n\n,1"), "line 3 of the CSV: expected a time in RFC 3339");
    }
}
