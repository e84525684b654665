//! The names of a row's fields.

use super::super::cursor::Cursor;
use super::super::parameter::Parameter;
use super::names::Named;

/// What a field's name says of its value. All of it is assumed: this table is the one place to mend.
pub(super) enum Key {
    /// When it was measured; a lower rank wins.
    Time(u8),
    /// What was measured, in a long row; a lower rank wins.
    Parameter(u8),
    /// How much of it, in a long row.
    Value,
    /// In what.
    Unit,
    /// Whose row it is and how it came about: nothing that was measured.
    About,
    /// A parameter of a wide row.
    Column(Parameter),
}

impl Key {
    /// The rank of `name`, which says what was measured only beside a `value`: it may as well be the station's.
    pub(super) const NAME: u8 = 2;

    pub(super) fn of(name: &str) -> Self {
        match name {
            "timestamp" => Self::Time(0),
            "time" => Self::Time(1),
            "measured_at" => Self::Time(2),
            "datetime" => Self::Time(3),
            "parameter" => Self::Parameter(0),
            "pollutant" => Self::Parameter(1),
            "name" => Self::Parameter(Self::NAME),
            "value" => Self::Value,
            "unit" => Self::Unit,
            "id" | "uuid" | "station" | "station_id" | "station_uuid" | "station_name" | "sensor"
            | "sensor_id" | "sensor_uuid" | "organisation" | "organisation_id" | "organisation_uuid"
            | "latitude" | "longitude" | "altitude" | "status" | "created_at" | "updated_at"
            | "last_updated" | "start_time" | "end_time" | "interval" | "period" | "count"
            // Indices are computed, not measured; they are the station's.
            | "daqi" | "caqi" | "usaqi" => Self::About,
            _ => Self::Column(Parameter::from(name)),
        }
    }
}

/// A name, and what it says.
pub(super) struct Field {
    name: Box<str>,
    /// As it is written where nothing of it is escaped; `None` where something has to be.
    literal: Option<Box<str>>,
    key: Key,
}

impl Field {
    /// Steps over its name, where that stands there without escapes.
    pub(super) fn eat(&self, cursor: &mut Cursor<'_>) -> bool {
        self.literal.as_deref().is_some_and(|literal| cursor.eat_literally(literal))
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }
}

impl Named for Field {
    fn named(name: &str) -> Self {
        let is_plain = !name.bytes().any(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
        let literal = is_plain.then(|| format!("\"{name}\"").into());
        Self { name: name.into(), literal, key: Key::of(name) }
    }

    fn name(&self) -> &str {
        &self.name
    }
}
