//! Rows of measurements, wide and long, and everything that is assumed about them.
//!
//! A row is read once, borrowing from the answer's text; only what a measurement keeps is made, and the names of
//! parameters and units are made once an answer.

mod cell;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use time::OffsetDateTime;
use uuid::Uuid;

use self::cell::{Cell, Key};
use super::excerpt::excerpt;
use super::fields::{number_in, time_in};
use super::measurement::Measurement;
use super::parameter::Parameter;
use crate::error::Error;

/// Reads the rows of one answer.
pub(crate) struct Rows<'a> {
    station: Uuid,
    parameters: Names,
    units: Names,
    /// The parameters of the wide row being read. Kept for its room.
    columns: Vec<(Cow<'a, str>, Cell<'a>)>,
}

/// What one row says, its wide columns aside.
#[derive(Default)]
pub(crate) struct Row<'a> {
    is_object: bool,
    /// By rank: the first of the names that holds a time.
    time: Option<(u8, OffsetDateTime)>,
    /// By rank: the first of the names that holds a text.
    parameter: Option<(u8, Cow<'a, str>)>,
    value: Option<Cell<'a>>,
    unit: Option<Cow<'a, str>>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(station: Uuid) -> Self {
        Self { station, parameters: Names::default(), units: Names::default(), columns: Vec::new() }
    }

    /// Reads a row that stands alone.
    pub(crate) fn read(mut self, row: &'a Bytes) -> Result<Vec<Measurement>, Error> {
        let not_json = |text: &str| Error::decode(format!("expected a row of JSON, got {}", excerpt(text)));
        let text = std::str::from_utf8(row).map_err(|_| not_json(&String::from_utf8_lossy(row)))?;
        let mut json = serde_json::Deserializer::from_str(text);
        let read = self.seed().deserialize(&mut json).and_then(|read| json.end().map(|()| read));
        let read = read.map_err(|_| not_json(text))?;
        let mut measurements = Vec::new();
        self.finish(read, row, 0..row.len(), |measurement| measurements.push(measurement))?;
        Ok(measurements)
    }

    /// What a deserializer that stands before a row is given. Any JSON value will do; [`finish`](Self::finish) judges.
    pub(crate) fn seed(&mut self) -> impl DeserializeSeed<'a, Value = Row<'a>> {
        self.columns.clear();
        RowSeed(&mut self.columns)
    }

    /// Makes the measurements of the row that was read last, which is the `piece` of `body`.
    pub(crate) fn finish(
        &mut self,
        row: Row<'a>,
        body: &Bytes,
        piece: Range<usize>,
        mut found: impl FnMut(Measurement),
    ) -> Result<(), Error> {
        let refuse = |expected: &str| {
            let row = String::from_utf8_lossy(&body[piece.clone()]);
            Error::decode(format!("expected {expected}, got {}", excerpt(&row)))
        };
        if !row.is_object {
            return Err(refuse("a row that is an object"));
        }
        let Some((_, time)) = row.time else {
            return Err(refuse("a row with an RFC 3339 time under timestamp, time, measured_at or datetime"));
        };
        let Self { station, parameters, units, columns } = self;
        let mut measured = |parameter: &str, value, unit: Option<&str>| {
            found(Measurement {
                station: *station,
                time,
                parameter: Parameter::shared(parameters.shared(parameter)),
                value,
                unit: unit.map(|unit| units.shared(unit)),
                row: body.slice(piece.clone()),
            });
        };
        let is_long = match &row.parameter {
            Some((Key::NAME, _)) => row.value.is_some(),
            Some(_) => true,
            None => false,
        };
        match (is_long, row.parameter, row.value) {
            (true, Some((_, parameter)), Some(value)) => {
                let unit = value.unit().or(row.unit.as_deref());
                measured(&parameter, value.number(), unit);
            }
            (true, ..) => return Err(refuse("a row with a value beside its parameter")),
            (false, _, Some(_)) => return Err(refuse("a row that says what its value is of")),
            (false, _, None) => {
                let mut any = false;
                for (parameter, cell) in columns.iter().filter(|(_, cell)| cell.is_measured()) {
                    any = true;
                    measured(parameter, cell.number(), cell.unit());
                }
                // A row of nothing but its time and whose it is says that nothing was measured. One that holds
                // something nobody can read must not pass for that.
                if !any && columns.iter().any(|(_, cell)| matches!(cell, Cell::Strange)) {
                    return Err(refuse("a row with values of parameters"));
                }
            }
        }
        Ok(())
    }
}

struct RowSeed<'s, 'a>(&'s mut Vec<(Cow<'a, str>, Cell<'a>)>);

impl<'a> DeserializeSeed<'a> for RowSeed<'_, 'a> {
    type Value = Row<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Row<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for RowSeed<'_, 'a> {
    type Value = Row<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Row<'a>, A::Error> {
        let mut row = Row { is_object: true, ..Row::default() };
        while let Some(key) = map.next_key::<Key<'a>>()? {
            match key {
                Key::Time(rank) => {
                    if let Cell::Text(text) = map.next_value::<Cell<'a>>()?
                        && row.time.is_none_or(|(best, _)| rank <= best)
                        && let Some(time) = time_in(&text)
                    {
                        row.time = Some((rank, time));
                    }
                }
                Key::Parameter(rank) => {
                    if let Cell::Text(text) = map.next_value::<Cell<'a>>()?
                        && row.parameter.as_ref().is_none_or(|(best, _)| rank <= *best)
                    {
                        row.parameter = Some((rank, text));
                    }
                }
                Key::Value => row.value = Some(map.next_value()?),
                Key::Unit => {
                    if let Cell::Text(text) = map.next_value::<Cell<'a>>()? {
                        row.unit = Some(text);
                    }
                }
                Key::About => {
                    map.next_value::<IgnoredAny>()?;
                }
                Key::Column(name) => {
                    let cell = map.next_value()?;
                    self.0.push((name, cell));
                }
            }
        }
        Ok(row)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut rows: A) -> Result<Row<'a>, A::Error> {
        while rows.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Row::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Row<'a>, E> {
        Ok(Row::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Row<'a>, E> {
        Ok(Row::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Row<'a>, E> {
        Ok(Row::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Row<'a>, E> {
        Ok(Row::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Row<'a>, E> {
        Ok(Row::default())
    }

    fn visit_unit<E>(self) -> Result<Row<'a>, E> {
        Ok(Row::default())
    }
}

/// The names that an answer repeats, each made once.
#[derive(Default)]
struct Names {
    known: Vec<Arc<str>>,
    /// Where to look first: rows repeat their names in the order they first came.
    next: usize,
}

impl Names {
    /// Beyond this many, a name is made each time: looking through them would cost more.
    const MOST: usize = 64;

    fn shared(&mut self, name: &str) -> Arc<str> {
        let is_it = |known: &Arc<str>| **known == *name;
        let found = match self.known.get(self.next) {
            Some(known) if is_it(known) => Some(self.next),
            _ => self.known.iter().position(is_it),
        };
        if let Some(at) = found {
            self.next = if at + 1 < self.known.len() { at + 1 } else { 0 };
            return Arc::clone(&self.known[at]);
        }
        let shared: Arc<str> = name.into();
        if self.known.len() < Self::MOST {
            self.known.push(Arc::clone(&shared));
        }
        shared
    }
}

#[cfg(test)]
mod tests;
