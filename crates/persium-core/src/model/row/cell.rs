//! The names and the values in a row.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::number_in;

/// What a field's name says of its value. All of it is assumed: this table is the one place to mend.
pub(super) enum Key<'a> {
    /// When it was measured; a lower rank wins.
    Time(u8),
    /// What was measured, in a long row; a lower rank wins.
    Parameter(u8),
    /// How much of it, in a long row or a wide one's cell.
    Value,
    /// In what.
    Unit,
    /// Whose row it is and how it came about: nothing that was measured.
    About,
    /// A parameter of a wide row.
    Column(Cow<'a, str>),
}

impl Key<'_> {
    /// The rank of `name`, which says what was measured only beside a `value`: it may as well be the station's.
    pub(super) const NAME: u8 = 2;

    fn of(name: &str) -> Option<Key<'static>> {
        Some(match name {
            "timestamp" => Key::Time(0),
            "time" => Key::Time(1),
            "measured_at" => Key::Time(2),
            "datetime" => Key::Time(3),
            "parameter" => Key::Parameter(0),
            "pollutant" => Key::Parameter(1),
            "name" => Key::Parameter(Key::NAME),
            "value" => Key::Value,
            "unit" => Key::Unit,
            "id" | "uuid" | "station" | "station_id" | "station_uuid" | "station_name" | "sensor"
            | "sensor_id" | "sensor_uuid" | "organisation" | "organisation_id" | "organisation_uuid"
            | "latitude" | "longitude" | "altitude" | "status" | "created_at" | "updated_at"
            | "last_updated" | "start_time" | "end_time" | "interval" | "period" | "count"
            // Indices are computed, not measured; they are the station's.
            | "daqi" | "caqi" | "usaqi" => Key::About,
            _ => return None,
        })
    }
}

/// A value in a row.
#[derive(Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// `null`.
    Null,
    /// A number.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// `{"value": number or null, "unit": text}`.
    Quantity { value: Option<f64>, unit: Option<Cow<'a, str>> },
    /// `true` or `false`.
    Flag,
    /// A list, or an object without a `value`.
    Strange,
}

impl Cell<'_> {
    /// Whether a parameter's field that holds this was measured, be it with a gap for a value.
    pub(super) fn is_measured(&self) -> bool {
        matches!(self, Self::Null | Self::Number(_) | Self::Quantity { .. })
    }

    /// The number in it; also one in quotes.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => number_in(text),
            Self::Quantity { value, .. } => *value,
            Self::Null | Self::Flag | Self::Strange => None,
        }
    }

    pub(super) fn unit(&self) -> Option<&str> {
        match self {
            Self::Quantity { unit, .. } => unit.as_deref(),
            _ => None,
        }
    }
}

impl<'a> Deserialize<'a> for Key<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'a> Visitor<'a> for KeyVisitor {
    type Value = Key<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_borrowed_str<E>(self, name: &'a str) -> Result<Key<'a>, E> {
        Ok(Key::of(name).unwrap_or(Key::Column(Cow::Borrowed(name))))
    }

    fn visit_str<E>(self, name: &str) -> Result<Key<'a>, E> {
        Ok(Key::of(name).unwrap_or_else(|| Key::Column(Cow::Owned(name.to_owned()))))
    }
}

impl<'a> Deserialize<'a> for Cell<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'a> Visitor<'a> for CellVisitor {
    type Value = Cell<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Cell<'a>, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Cell<'a>, E> {
        Ok(Cell::Flag)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Cell<'a>, E> {
        Ok(Cell::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Cell<'a>, E> {
        Ok(Cell::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell<'a>, E> {
        Ok(Cell::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Cell<'a>, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell<'a>, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Cell<'a>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Strange)
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Cell<'a>, A::Error> {
        let (mut found, mut unit) = (None, None);
        while let Some(key) = map.next_key::<Key<'a>>()? {
            match key {
                Key::Value => found = Some(map.next_value::<Cell<'a>>()?.number()),
                Key::Unit => {
                    if let Cell::Text(text) = map.next_value::<Cell<'a>>()? {
                        unit = Some(text);
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found.map_or(Cell::Strange, |value| Cell::Quantity { value, unit }))
    }
}
