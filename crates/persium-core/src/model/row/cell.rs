//! The values in a row.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::number_in;
use crate::model::cursor::{Broken, Cursor};

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

impl<'a> Cell<'a> {
    /// Steps over a value.
    // Inlined, a number goes where it is kept without being moved.
    #[inline]
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Broken> {
        match cursor.simple_number() {
            Some(number) => Ok(Self::Number(number)),
            None => Self::read_any(cursor),
        }
    }

    fn read_any(cursor: &mut Cursor<'a>) -> Result<Self, Broken> {
        if cursor.peek() == Some(b'"') { cursor.text().map(Self::Text) } else { cursor.read() }
    }

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
        while let Some(part) = map.next_key()? {
            match part {
                Part::Value => found = Some(map.next_value::<Cell<'a>>()?.number()),
                Part::Unit => {
                    if let Cell::Text(text) = map.next_value::<Cell<'a>>()? {
                        unit = Some(text);
                    }
                }
                Part::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found.map_or(Cell::Strange, |value| Cell::Quantity { value, unit }))
    }
}

/// A field of a cell.
#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Part {
    Value,
    Unit,
    #[serde(other)]
    Other,
}
