//! An air quality index.

use serde_json::{Map, Value};

use super::fields::{Field, Fields, Object, Taken, Writer, through_a_map};
use super::parameter::Parameter;

/// An air quality index as the API computed it. It is never computed here.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AirQualityIndex {
    /// The index. `None` where there is none: the API says `null`, or a number below zero (assumed).
    pub value: Option<f64>,
    /// The pollutant that the index rests on. The API spells the field `base_on`.
    pub base_on: Option<Parameter>,
    /// Everything else, and what the fields above do not express. Wins over them when serialised.
    pub extra: Map<String, Value>,
}

through_a_map!(AirQualityIndex);

impl Object for AirQualityIndex {
    const EXPECTED: &'static str = "an object";

    fn from_fields(mut fields: Fields) -> Option<Self> {
        let value = fields.take("value").map(|Level(value)| value);
        Some(Self { value, base_on: fields.take("base_on"), extra: fields.rest() })
    }

    fn to_map(&self) -> Map<String, Value> {
        Writer::over(&self.extra)
            .put("value", self.value.map(Level).as_ref())
            .put("base_on", self.base_on.as_ref())
            .finish()
    }
}

impl Field for AirQualityIndex {
    fn read(value: Value) -> Taken<Self> {
        match value {
            Value::Object(map) => super::fields::read(map).map_or(Taken::Not(Value::Null), Taken::Whole),
            other => Taken::Not(other),
        }
    }

    fn write(&self) -> Value {
        Value::Object(self.to_map())
    }
}

/// A number that is not negative.
struct Level(f64);

impl Field for Level {
    fn read(value: Value) -> Taken<Self> {
        match f64::read(value) {
            Taken::Whole(level) if level < 0.0 => Taken::Not(Self(level).write()),
            Taken::Inexactly(level, value) if level < 0.0 => Taken::Not(value),
            Taken::Whole(level) => Taken::Whole(Self(level)),
            Taken::Inexactly(level, value) => Taken::Inexactly(Self(level), value),
            Taken::Not(value) => Taken::Not(value),
        }
    }

    fn write(&self) -> Value {
        self.0.write()
    }
}
