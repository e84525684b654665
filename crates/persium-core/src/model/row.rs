//! Rows of measurements, wide and long, and everything that is assumed about them.
//!
//! A row is read once, borrowing from the answer's text; only what a measurement keeps is made, and the names of
//! parameters and units are made once an answer.

mod cell;
mod key;
mod names;
mod rest;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::IgnoredAny;
use time::OffsetDateTime;
use uuid::Uuid;

use self::cell::Cell;
use self::key::{Field, Key};
use self::names::{Names, Place};
pub(super) use self::rest::rest;
use super::cursor::{Broken, Cursor};
use super::excerpt::excerpt;
use super::fields::{number_in, time_in};
use super::measurement::Measurement;
use super::parameter::Parameter;
use crate::error::Error;

/// Reads the rows of one answer.
pub(crate) struct Rows<'a> {
    station: Uuid,
    /// The answer, counted once for all that is made of it.
    body: Arc<Bytes>,
    fields: Names<Field>,
    parameters: Names<Parameter>,
    units: Names<Arc<str>>,
    /// The columns of the wide row being read: which field, and what it holds. Kept for its room.
    columns: Vec<(Place, Cell<'a>)>,
}

/// What one row says, its wide columns aside.
#[derive(Default)]
struct Row<'a> {
    is_object: bool,
    /// By rank: the first of the names that holds a time.
    time: Option<(u8, OffsetDateTime)>,
    /// By rank: the first of the names that holds a text.
    parameter: Option<(u8, Cow<'a, str>)>,
    value: Option<Cell<'a>>,
    unit: Option<Cow<'a, str>>,
}

/// A row's text: a piece of the answer, which stays as long as any of its pieces does.
#[derive(Clone)]
pub(super) struct Piece {
    body: Arc<Bytes>,
    // Measurements are many, and half the room of a `Bytes` of their own.
    start: u32,
    end: u32,
}

impl Piece {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.body[self.start as usize..self.end as usize]
    }
}

impl<'a> Rows<'a> {
    pub(crate) fn new(station: Uuid, body: &Bytes) -> Self {
        Self {
            station,
            body: Arc::new(body.clone()),
            fields: Names::default(),
            parameters: Names::default(),
            units: Names::default(),
            columns: Vec::new(),
        }
    }

    /// Reads a row that stands alone.
    pub(crate) fn read_alone(mut self, row: &'a Bytes) -> Result<Vec<Measurement>, Error> {
        let not_json = |text: &str| Error::decode(format!("expected a row of JSON, got {}", excerpt(text)));
        let text = std::str::from_utf8(row).map_err(|_| not_json(&String::from_utf8_lossy(row)))?;
        let mut cursor = Cursor::new(text);
        let mut measurements = Vec::new();
        let read = self.read(&mut cursor, |measurement| measurements.push(measurement));
        let read = read.and_then(|read| cursor.expect_end().map(|()| read));
        read.map_err(|Broken| not_json(text))?.map(|()| measurements)
    }

    /// Reads the row that stands there, which may be any JSON value, and steps over it. An error within: the row does
    /// not say what was measured, and when.
    pub(crate) fn read(
        &mut self,
        cursor: &mut Cursor<'a>,
        found: impl FnMut(Measurement),
    ) -> Result<Result<(), Error>, Broken> {
        self.columns.clear();
        self.fields.begin_row();
        let is_object = cursor.peek() == Some(b'{');
        let start = cursor.at();
        let mut row = Row { is_object, ..Row::default() };
        if is_object {
            cursor.fields(|cursor| self.read_field(cursor, &mut row))?;
        } else {
            cursor.read::<IgnoredAny>()?;
        }
        Ok(self.finish(row, start..cursor.at(), found))
    }

    fn read_field(&mut self, cursor: &mut Cursor<'a>, row: &mut Row<'a>) -> Result<(), Broken> {
        let field = match self.fields.expected(|field| field.eat(cursor)) {
            Some(field) => field,
            None => self.fields.place(&cursor.text()?),
        };
        cursor.expect(b':')?;
        match self.fields.at(field).key() {
            Key::Time(rank) => {
                if let Cell::Text(text) = Cell::read(cursor)?
                    && row.time.is_none_or(|(best, _)| *rank <= best)
                    && let Some(time) = time_in(&text)
                {
                    row.time = Some((*rank, time));
                }
            }
            Key::Parameter(rank) => {
                if let Cell::Text(text) = Cell::read(cursor)?
                    && row.parameter.as_ref().is_none_or(|(best, _)| rank <= best)
                {
                    row.parameter = Some((*rank, text));
                }
            }
            Key::Value => row.value = Some(Cell::read(cursor)?),
            Key::Unit => {
                if let Cell::Text(text) = Cell::read(cursor)? {
                    row.unit = Some(text);
                }
            }
            Key::About => {
                cursor.read::<IgnoredAny>()?;
            }
            Key::Column(_) => self.columns.push((field, Cell::read(cursor)?)),
        }
        Ok(())
    }

    /// Makes the measurements of the row that was read last, which is that piece of the answer.
    fn finish(
        &mut self,
        row: Row<'a>,
        piece: Range<usize>,
        mut found: impl FnMut(Measurement),
    ) -> Result<(), Error> {
        let Self { station, body, fields, parameters, units, columns } = self;
        let refuse = |expected: &str| {
            let row = String::from_utf8_lossy(&body[piece.clone()]);
            Error::decode(format!("expected {expected}, got {}", excerpt(&row)))
        };
        let (Ok(start), Ok(end)) = (u32::try_from(piece.start), u32::try_from(piece.end)) else {
            return Err(refuse("a row within the first 4 GiB of an answer"));
        };
        if !row.is_object {
            return Err(refuse("a row that is an object"));
        }
        let Some((_, time)) = row.time else {
            return Err(refuse("a row with an RFC 3339 time under timestamp, time, measured_at or datetime"));
        };
        let mut measured = |parameter, value, unit: Option<&str>| {
            let unit = unit.map(|unit| units.of(unit).clone());
            let row = Piece { body: Arc::clone(body), start, end };
            found(Measurement { station: *station, time, parameter, value, unit, row });
        };
        let is_long = match &row.parameter {
            Some((Key::NAME, _)) => row.value.is_some(),
            Some(_) => true,
            None => false,
        };
        match (is_long, row.parameter, row.value) {
            (true, Some((_, parameter)), Some(value)) => {
                let unit = value.unit().or(row.unit.as_deref());
                measured(parameters.of(&parameter).clone(), value.number(), unit);
            }
            (true, ..) => return Err(refuse("a row with a value beside its parameter")),
            (false, _, Some(_)) => return Err(refuse("a row that says what its value is of")),
            (false, _, None) => {
                let (mut any, mut strange) = (false, false);
                for (field, cell) in columns.drain(..) {
                    any |= cell.is_measured();
                    strange |= matches!(cell, Cell::Strange);
                    if let Key::Column(parameter) = fields.at(field).key()
                        && cell.is_measured()
                    {
                        measured(parameter.clone(), cell.number(), cell.unit());
                    }
                }
                // A row of nothing but its time and whose it is says that nothing was measured. One that holds
                // something nobody can read must not pass for that.
                if !any && strange {
                    return Err(refuse("a row with values of parameters"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
