//! What a row says beyond its measurements.

use serde_json::{Map, Value};

use super::key::Key;
use crate::model::fields::time_in;
use crate::model::measurement::Measurement;

/// The names that a measurement has for its own.
const OWN: [&str; 5] = ["station", "time", "parameter", "value", "unit"];

/// What the row of `measurement` says that is neither a measurement of its own nor expressed by this one: flags, ids, what
/// is said beside a value in an object. Only for who writes it down: the row is read again.
///
/// What no [`Value`] can hold, such as a number beyond all, leaves nothing: it is in the row's text.
pub(in crate::model) fn rest(measurement: &Measurement) -> Map<String, Value> {
    let mut row: Map<String, Value> = serde_json::from_str(measurement.raw()).unwrap_or_default();
    let is_wide = !row.contains_key("value");
    let cell = if is_wide { row.get(measurement.parameter.as_str()) } else { row.get("value") };
    let cell = cell.and_then(Value::as_object).cloned().unwrap_or_default();
    row.retain(|name, value| match Key::of(name) {
        Key::Time(_) => value.as_str().and_then(time_in) != Some(measurement.time),
        Key::Parameter(_) => value.as_str() != Some(measurement.parameter.as_str()),
        Key::Column(_) => !is_wide || !is_measured(value),
        Key::Value | Key::Unit | Key::About => true,
    });
    row.extend(cell);
    row.retain(|name, _| !OWN.contains(&name.as_str()));
    row
}

/// As [`Cell::is_measured`](super::Cell::is_measured).
fn is_measured(value: &Value) -> bool {
    match value {
        Value::Null | Value::Number(_) => true,
        Value::Object(fields) => fields.contains_key("value"),
        Value::Bool(_) | Value::String(_) | Value::Array(_) => false,
    }
}
