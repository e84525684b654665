//! What the API may say.

use bytes::Bytes;
use http::HeaderMap;
use persium_core::model::{Measurement, Station};
use persium_core::plan::{Page, Stride, Walk, Windowed};
use persium_core::{Error, Limits, Operation, Step, api};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rig::{TOKEN, answered, at, echoing, head_and_body, look_at, response};

/// A byte for the status, a head, and a body: every header that is read, of good answers and bad ones.
pub(crate) fn headers(bytes: &[u8]) {
    let [status, rest @ ..] = bytes else { return };
    let status = [200, 204, 304, 400, 401, 403, 404, 429, 500, 503][usize::from(*status) % 10];
    let rest = echoing(rest, TOKEN);
    let (headers, body) = head_and_body(&rest);
    if let Step::Done(Err(error)) =
        answered(api::Stations::default(), response(status, headers, body.to_vec()))
    {
        look_at(&error, TOKEN);
    }
}

/// A page of measurements: as many rows as there are, and in each measurement what its row says. What it says of more is
/// asked for, or cannot be.
pub(crate) fn measurements(body: &[u8]) {
    let start = OffsetDateTime::UNIX_EPOCH;
    let operation = api::Measurements::new(Uuid::nil(), start, start);
    let Some((page, rows)) = page(&operation, body) else { return };
    if let Some(following) = operation.following(1, &page.next) {
        assert_eq!(following.request().uri().path(), operation.request().uri().path());
    }
    let read: Vec<_> = page.items.iter().filter_map(|item| item.as_ref().ok()).collect();
    for alike in read.chunk_by(|one, other| one.raw().as_ptr() == other.raw().as_ptr()) {
        let raw = Bytes::copy_from_slice(alike[0].raw().as_bytes());
        let row: Value = serde_json::from_slice(&raw).expect("a row is JSON");
        assert!(rows.contains(&row), "{row} came from nowhere");
        let alone = Measurement::from_row(Uuid::nil(), &raw).expect("what was read once is read again");
        assert!(alone.iter().eq(alike.iter().copied()), "{row} reads as {alike:?}, and alone as {alone:?}");
        for measurement in alike {
            let named =
                alike.iter().filter(|other| other.parameter.as_str() == measurement.parameter.as_str());
            if named.count() == 1 {
                let field = row.get("value").or_else(|| row.get(measurement.parameter.as_str()));
                assert_eq!(measurement.value, field.and_then(number), "{row} reads as {measurement:?}");
            }
            let written = serde_json::to_value(measurement).expect("it has a year that can be written");
            let own = ["station", "time", "parameter", "value", "unit"];
            let cell = row.get("value").or_else(|| row.get(measurement.parameter.as_str()));
            for (name, value) in written
                .as_object()
                .expect("an object")
                .iter()
                .filter(|(name, _)| !own.contains(&name.as_str()))
            {
                let said = [cell.and_then(|cell| cell.get(name)), row.get(name)];
                assert!(said.contains(&Some(value)), "{row} says no {name}: {value}");
            }
        }
    }
}

/// What a reader of JSON in general takes for the number in a cell.
fn number(cell: &Value) -> Option<f64> {
    match cell {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Object(fields) => fields.get("value").filter(|value| !value.is_object()).and_then(number),
        _ => None,
    }
}

/// A page of stations: each is written the way it came. Then the same bodies as the pages of a walk, which ends.
pub(crate) fn stations(bytes: &[u8]) {
    let mut bodies = bytes.split(|byte| *byte == 0x1e);
    let first = bodies.clone().next().unwrap_or_default();
    if let Some((page, rows)) = page(&api::Stations::default(), first) {
        assert_eq!(page.items.len(), rows.len());
        for (item, row) in page.items.iter().zip(rows) {
            if let Ok(station) = item {
                let written = serde_json::to_value(station).expect("JSON goes back to JSON");
                assert_eq!(written, row);
                let again: Station = serde_json::from_value(written).expect("what was read is read again");
                assert_eq!(again, *station);
            }
        }
    }
    let mut limits = Limits::default();
    limits.max_pages = 20;
    let mut walk = Walk::new(api::stations(&limits));
    loop {
        match walk.poll() {
            Stride::Run(operation) => {
                let body = bodies.next().unwrap_or(br#"{"data":[]}"#);
                walk.handle_outcome(operation.decode(&response(200, HeaderMap::new(), body.to_vec())));
            }
            Stride::Item(item) => drop(item.inspect_err(|error| look_at(error, TOKEN))),
            Stride::End => break,
        }
    }
}

/// A byte for the operation, then the body of its answer.
pub(crate) fn objects(bytes: &[u8]) {
    let [operation, body @ ..] = bytes else { return };
    let body = echoing(body, TOKEN);
    let answer = || response(if operation & 0x80 == 0 { 200 } else { 204 }, HeaderMap::new(), body.clone());
    let error = match operation % 4 {
        0 => failed(answered(api::Me, answer())),
        1 => failed(answered(api::Station::new(Uuid::nil()), answer())),
        2 => failed(answered(api::Sensors::new(Uuid::nil()), answer())),
        _ => failed(answered(api::Latest::new(Uuid::nil()), answer())),
    };
    error.iter().for_each(|error| look_at(error, TOKEN));
}

fn failed<T>(step: Step<T>) -> Option<Error> {
    match step {
        Step::Done(result) => result.err(),
        Step::Transmit(_) | Step::Await { .. } | Step::Sleep { .. } => {
            panic!("at {:?} a good status ends a call", at(101))
        }
    }
}

/// What `operation` reads in `body`, and the rows that a reader of JSON in general sees there.
fn page<O, T>(operation: &O, body: &[u8]) -> Option<(Page<T>, Vec<Value>)>
where
    O: Operation<Output = Page<T>>,
{
    let said = serde_json::from_slice::<Value>(body);
    let page = match operation.decode(&response(200, HeaderMap::new(), body.to_vec())) {
        Ok(page) => page,
        Err(error) => {
            look_at(&error, TOKEN);
            return None;
        }
    };
    page.items.iter().filter_map(|item| item.as_ref().err()).for_each(|error| look_at(error, TOKEN));
    match said {
        Ok(Value::Object(mut fields)) => match fields.remove("data") {
            Some(Value::Array(rows)) => Some((page, rows)),
            Some(Value::Null) => Some((page, Vec::new())),
            other => panic!("rows were read in {other:?}"),
        },
        // A row is read by itself, and may be a level or two deeper.
        Err(error) if error.to_string().contains("recursion limit") => None,
        other => panic!("rows were read in {other:?}"),
    }
}
