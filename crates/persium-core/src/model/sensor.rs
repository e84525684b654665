//! A sensor of a station.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::fields::{Fields, Object, Writer, through_a_map};
use super::parameter::Parameter;

/// A sensor of a station.
///
/// No page of Persium's shows one: every field is assumed, none is required, and whatever the API tells is in
/// [`extra`](Self::extra) if it is not here.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sensor {
    /// What identifies it.
    pub uuid: Option<Uuid>,
    /// What people call it.
    pub name: Option<String>,
    /// What it measures.
    pub parameter: Option<Parameter>,
    /// What it measures in, in the API's words.
    pub unit: Option<String>,
    /// Everything else, and what the fields above do not express. Wins over them when serialised.
    pub extra: Map<String, Value>,
}

through_a_map!(Sensor);

impl Object for Sensor {
    const EXPECTED: &'static str = "a sensor, an object";

    fn from_fields(mut fields: Fields) -> Option<Self> {
        Some(Self {
            uuid: fields.take("uuid"),
            name: fields.take("name"),
            parameter: fields.take("parameter"),
            unit: fields.take("unit"),
            extra: fields.rest(),
        })
    }

    fn to_map(&self) -> Map<String, Value> {
        Writer::over(&self.extra)
            .put("uuid", self.uuid.as_ref())
            .put("name", self.name.as_ref())
            .put("parameter", self.parameter.as_ref())
            .put("unit", self.unit.as_ref())
            .finish()
    }
}
