//! Every shape a row may have.

use proptest::prelude::*;

use super::*;

/// What a row says in its normal form, its station and time aside.
#[derive(Debug, PartialEq)]
struct Normal {
    parameter: String,
    value: Option<f64>,
    unit: Option<String>,
}

fn measured(parameter: &str, value: impl Into<Option<f64>>, unit: Option<&str>) -> Normal {
    Normal { parameter: parameter.to_owned(), value: value.into(), unit: unit.map(ToOwned::to_owned) }
}

fn read(row: &'static str) -> Result<Vec<Normal>, String> {
    let normal = |measurement: Measurement| {
        assert_eq!(measurement.raw(), row);
        assert!(measurement.time.offset().is_utc());
        measured(measurement.parameter.as_str(), measurement.value, measurement.unit.as_deref())
    };
    match Measurement::from_row(Uuid::nil(), &Bytes::from_static(row.as_bytes())) {
        Ok(measurements) => Ok(measurements.into_iter().map(normal).collect()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn wide_and_long_rows_have_one_normal_form() {
    let table = [
        (
            r#"{"timestamp":"2026-11-23T10:00:00Z","pm25":7.5,"no2":21}"#,
            vec![measured("pm25", 7.5, None), measured("no2", 21.0, None)],
        ),
        (
            r#"{"time":"2026-11-23T10:00:00Z","PM2.5":{"value":7.5,"unit":"µg/m³","flag":[1]}}"#,
            vec![measured("PM2.5", 7.5, Some("µg/m³"))],
        ),
        (
            r#"{"measured_at":"2026-11-23T10:00:00Z","parameter":"o3","value":60,"unit":"ppb"}"#,
            vec![measured("o3", 60.0, Some("ppb"))],
        ),
        (
            r#"{"datetime":"2026-11-23T10:00:00+00:00","pollutant":"o3","value":"60.5"}"#,
            vec![measured("o3", 60.5, None)],
        ),
        (
            r#"{"unit":"ppb","value":1e1,"name":"o3","time":"2026-11-23T10:00:00Z","x":1}"#,
            vec![measured("o3", 10.0, Some("ppb"))],
        ),
        (
            r#"{"time":"2026-11-23T10:00:00Z","parameter":"o3","value":{"value":3,"unit":"ppm"},"unit":"ppb"}"#,
            vec![measured("o3", 3.0, Some("ppm"))],
        ),
        (
            r#"{"time":"2026-11-23T10:00:00Z","parameter":"PM\u00b2\"","value":-1,"unit":null}"#,
            vec![measured("PM²\"", -1.0, None)],
        ),
    ];
    for (row, normal) in table {
        assert_eq!(read(row), Ok(normal), "{row}");
    }
}

#[test]
fn a_gap_is_a_measurement_without_a_value() {
    let table = [
        (r#"{"time":"2026-11-23T10:00:00Z","pm25":null}"#, "pm25"),
        (r#"{"time":"2026-11-23T10:00:00Z","pm25":{"value":null}}"#, "pm25"),
        (r#"{"time":"2026-11-23T10:00:00Z","parameter":"o3","value":null}"#, "o3"),
        (r#"{"time":"2026-11-23T10:00:00Z","parameter":"o3","value":"NaN"}"#, "o3"),
        (r#"{"time":"2026-11-23T10:00:00Z","parameter":"o3","value":[]}"#, "o3"),
        (r#"{"time":"2026-11-23T10:00:00Z","parameter":"o3","value":true}"#, "o3"),
    ];
    for (row, parameter) in table {
        assert_eq!(read(row), Ok(vec![measured(parameter, None, None)]), "{row}");
    }
}

#[test]
fn what_a_row_says_about_itself_is_not_measured() {
    let about = r#"{"timestamp":"2026-11-23T10:00:00Z","id":7,"station_uuid":"x","name":"High Street","latitude":51.5,
        "status":"online","daqi":{"value":2},"valid":true,"comment":"windy","pm10":3}"#;
    assert_eq!(read(about), Ok(vec![measured("pm10", 3.0, None)]));
    assert_eq!(read(r#"{"timestamp":"2026-11-23T10:00:00Z","id":7}"#), Ok(vec![]));
    let beside = r#"{"timestamp":"2026-11-23T10:00:00Z","pm10":3,"flags":["a"],"raw":{"pm10":4}}"#;
    assert_eq!(read(beside), Ok(vec![measured("pm10", 3.0, None)]));
}

#[test]
fn what_else_a_row_says_is_written_with_each_of_its_measurements() {
    let written = |row: &'static str| {
        let measurements = Measurement::from_row(Uuid::nil(), &Bytes::from_static(row.as_bytes())).unwrap();
        measurements.iter().map(|one| serde_json::to_string(one).unwrap()).collect::<Vec<_>>()
    };
    let own = |parameter: &str, value: &str, unit: &str, rest: &str| {
        let station = Uuid::nil();
        format!(
            r#"{{"station":"{station}","time":"2026-11-23T10:00:00Z","parameter":"{parameter}","value":{value},"unit":{unit}{rest}}}"#
        )
    };
    let table = [
        // What a row says of itself, and what nobody knows.
        (
            r#"{"timestamp":"2026-11-23T10:00:00Z","pm25":7.5,"no2":null,"sensor_id":"s-1","flags":["V",1],"valid":true}"#,
            vec![
                own("pm25", "7.5", "null", r#","flags":["V",1],"sensor_id":"s-1","valid":true"#),
                own("no2", "null", "null", r#","flags":["V",1],"sensor_id":"s-1","valid":true"#),
            ],
        ),
        // What stands beside a value is about that one, and goes before what the row says.
        (
            r#"{"time":"2026-11-23T10:00:00Z","no2":{"value":21,"unit":"ppb","flag":"V"},"o3":{"value":1},"flag":"row's"}"#,
            vec![
                own("no2", "21.0", r#""ppb""#, r#","flag":"V""#),
                own("o3", "1.0", "null", r#","flag":"row's""#),
            ],
        ),
        // A long row measures one thing.
        (
            r#"{"time":"2026-11-23T10:00:00Z","parameter":"o3","value":60,"unit":"ppb","uncertainty":0.5,"name":"High Street"}"#,
            vec![own("o3", "60.0", r#""ppb""#, r#","name":"High Street","uncertainty":0.5"#)],
        ),
        (
            r#"{"measured_at":"2026-11-23T10:00:00Z","pollutant":"o3","value":{"value":3,"unit":"ppm","flag":{"a":[]}},"id":7}"#,
            vec![own("o3", "3.0", r#""ppm""#, r#","flag":{"a":[]},"id":7"#)],
        ),
        // A time that is another one stays; the five names are the measurement's own.
        (
            r#"{"timestamp":"2026-11-23T12:00:00+02:00","datetime":"2020-01-01T00:00:00Z","no2":1,"station":"x","time":1}"#,
            vec![own("no2", "1.0", "null", r#","datetime":"2020-01-01T00:00:00Z""#)],
        ),
        (r#"{"time":"2026-11-23T10:00:00Z","no2":1}"#, vec![own("no2", "1.0", "null", "")]),
    ];
    for (row, expected) in table {
        assert_eq!(written(row), expected, "{row}");
    }
}

#[test]
fn the_first_name_that_holds_a_time_counts_wherever_it_stands() {
    for row in [
        r#"{"timestamp":"2026-11-23T10:00:00Z","time":"2020-01-01T00:00:00Z","no2":1}"#,
        r#"{"time":"2020-01-01T00:00:00Z","timestamp":"2026-11-23T10:00:00Z","no2":1}"#,
        r#"{"timestamp":"yesterday","time":"2026-11-23T12:00:00+02:00","no2":1}"#,
        r#"{"timestamp":null,"datetime":"2026-11-23T10:00:00Z","no2":1}"#,
    ] {
        let [only] = &Measurement::from_row(Uuid::nil(), &row.into()).unwrap()[..] else { panic!("{row}") };
        assert_eq!(only.time.unix_timestamp(), 1_795_428_000, "{row}");
    }
}

#[test]
fn a_station_that_is_named_in_a_long_row_is_not_what_was_measured() {
    for row in [
        r#"{"time":"2026-11-23T10:00:00Z","name":"High Street","pollutant":"o3","value":1}"#,
        r#"{"time":"2026-11-23T10:00:00Z","parameter":"o3","value":1,"name":"High Street"}"#,
        r#"{"time":"2026-11-23T10:00:00Z","parameter":"o3","value":1,"pollutant":"ozone"}"#,
    ] {
        assert_eq!(read(row), Ok(vec![measured("o3", 1.0, None)]), "{row}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_shown() {
    const TIME: &str = "a row with an RFC 3339 time under timestamp, time, measured_at or datetime";
    const TIMED: &str = r#"{"time":"2026-11-23T10:00:00Z""#;
    let table = [
        (r#"{"pm25":1}"#.to_owned(), TIME),
        (r#"{"timestamp":"2026-11-23","pm25":1}"#.to_owned(), TIME),
        (r#"{"timestamp":1795428000,"pm25":1}"#.to_owned(), TIME),
        ("[1,2]".to_owned(), "a row that is an object"),
        ("null".to_owned(), "a row that is an object"),
        ("\"text\"".to_owned(), "a row that is an object"),
        (format!(r#"{TIMED},"parameter":"o3"}}"#), "a row with a value beside its parameter"),
        (format!(r#"{TIMED},"value":3}}"#), "a row that says what its value is of"),
        (format!(r#"{TIMED},"values":{{"o3":1}}}}"#), "a row with values of parameters"),
        (format!(r#"{TIMED},"values":[1]}}"#), "a row with values of parameters"),
        (TIMED.to_owned(), "a row of JSON"),
        (format!("{TIMED}}} x"), "a row of JSON"),
        ("<html>".to_owned(), "a row of JSON"),
    ];
    for (row, expected) in table {
        let error = Measurement::from_row(Uuid::nil(), &row.clone().into()).unwrap_err();
        let message = format!("the API's answer is not what was expected: expected {expected}, got {row}");
        assert_eq!(error.to_string(), message);
    }
    assert!(Measurement::from_row(Uuid::nil(), &Bytes::from_static(b"{\"a\xff\":1}")).is_err());
}

/// Names that are written in more than one way, or that begin like another one.
fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[ab\\\\\"\u{8}é]{1,2}", 0..4)
}

proptest! {
    #[test]
    fn a_row_is_read_alone_as_it_is_among_others(rows in proptest::collection::vec(names(), 1..5)) {
        let rows: Vec<_> = rows
            .into_iter()
            .map(|names| {
                let mut row = serde_json::json!({ "time": "2026-11-23T10:00:00Z" });
                names.iter().enumerate().for_each(|(at, name)| row[name] = at.into());
                Bytes::from(row.to_string())
            })
            .collect();
        let alone: Vec<_> =
            rows.iter().flat_map(|row| Measurement::from_row(Uuid::nil(), row).unwrap()).collect();

        let texts: Vec<_> = rows.iter().map(|row| str::from_utf8(row).unwrap()).collect();
        let body = Bytes::from(format!("[{}]", texts.join(",")));
        let mut together = Vec::new();
        let mut reader = Rows::new(Uuid::nil(), &body);
        let mut cursor = Cursor::new(str::from_utf8(&body).unwrap());
        cursor
            .list(|cursor| reader.read(cursor, |found| together.push(found)).map(|read| read.unwrap()))
            .unwrap();
        let spelled = |measurements: &[Measurement]| -> Vec<_> {
            let spelled = |one: &Measurement| (one.parameter.as_str().to_owned(), one.value, one.raw().to_owned());
            measurements.iter().map(spelled).collect()
        };
        prop_assert_eq!(spelled(&together), spelled(&alone));
    }
}

#[test]
fn a_name_that_is_not_closed_is_not_taken_for_the_one_that_was_expected() {
    let body = br#"[{"time":"2026-11-23T10:00:00Z","a\"b":1},{"time":"2026-11-23T10:00:00Z","a"b":1}]"#;
    let body = Bytes::from_static(body);
    let mut rows = Rows::new(Uuid::nil(), &body);
    let mut read = 0;
    let mut cursor = Cursor::new(str::from_utf8(&body).unwrap());
    assert!(cursor.list(|cursor| rows.read(cursor, |_| read += 1).map(drop)).is_err());
    assert_eq!(read, 1);
}
