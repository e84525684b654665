//! One value of one parameter at one time.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::parameter::Parameter;
use super::row::{self, Piece, Rows};
use crate::error::Error;

/// One value of one parameter at one time: the normal form of every shape that the API's rows may have.
///
/// A row is "wide" (one field for each parameter, a number or `{"value", "unit"}`) or "long" (`parameter`, `value`,
/// `unit`); both are assumed, for no page of Persium's shows a row. A wide row makes several measurements. What a row
/// says beyond that is in its text, which every measurement of it keeps: [`raw`](Self::raw).
///
/// Serialises as `station`, `time`, `parameter`, `value` and `unit`, then what else its row says: the fields that are no
/// parameter's column and that the five do not express (flags, ids of sensors), and those beside the value of a column
/// that is an object. What the row calls by one of the five names, and means otherwise, is in its text alone. Equal are
/// measurements of equal normal form.
///
/// ```
/// use bytes::Bytes;
/// use persium_core::model::Measurement;
/// use uuid::Uuid;
///
/// let row = Bytes::from(r#"{"timestamp":"2026-11-23T10:00:00Z","pm2_5":7.5,"no2":{"value":21,"unit":"ug/m3"}}"#);
/// let [pm25, no2] = &Measurement::from_row(Uuid::nil(), &row)?[..] else { panic!("two pollutants") };
/// assert_eq!((pm25.value, pm25.unit.as_deref()), (Some(7.5), None));
/// assert_eq!((no2.value, no2.unit.as_deref()), (Some(21.0), Some("ug/m3")));
/// assert!(pm25.parameter == *"PM2.5");
/// assert_eq!(pm25.raw().as_bytes(), row);
/// # Ok::<(), persium_core::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Measurement {
    /// The station that was asked about.
    pub station: Uuid,
    /// When it was measured, in UTC.
    pub time: OffsetDateTime,
    /// What was measured.
    pub parameter: Parameter,
    /// The value; `None` where the row names the parameter and gives no number.
    pub value: Option<f64>,
    /// What it is measured in, in the API's words; never inferred, never converted.
    pub unit: Option<Arc<str>>,
    /// The row's JSON, shared with the answer it came in.
    pub(super) row: Piece,
}

impl Measurement {
    /// The measurements of one row, as JSON text: for rows that were kept. None where the row has a time and nothing
    /// that was measured.
    ///
    /// # Errors
    ///
    /// [`Error::is_decode`] where it is no JSON object, has no time that can be recognised (RFC 3339, under
    /// `timestamp`, `time`, `measured_at` or `datetime`), or does not say what was measured. The error shows how the
    /// row begins.
    pub fn from_row(station: Uuid, row: &Bytes) -> Result<Vec<Self>, Error> {
        Rows::new(station, row).read_alone(row)
    }

    /// The JSON of the row it came in: it keeps whatever the normal form does not express.
    ///
    /// It is a part of the answer's body, which stays in memory as long as any of its measurements does.
    #[must_use]
    pub fn raw(&self) -> &str {
        std::str::from_utf8(self.row.bytes()).expect("a row is cut out of text between characters")
    }
}

impl PartialEq for Measurement {
    fn eq(&self, other: &Self) -> bool {
        let Self { station, time, parameter, value, unit, row: _ } = self;
        *station == other.station
            && *time == other.time
            && *parameter == other.parameter
            && *value == other.value
            && *unit == other.unit
    }
}

impl fmt::Debug for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { station, time, parameter, value, unit, row: _ } = self;
        f.debug_struct("Measurement")
            .field("station", station)
            .field("time", time)
            .field("parameter", parameter)
            .field("value", value)
            .field("unit", unit)
            .finish_non_exhaustive()
    }
}

impl Serialize for Measurement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { station, time, parameter, value, unit, row: _ } = self;
        let rest = row::rest(self);
        let mut fields = serializer.serialize_map(Some(5 + rest.len()))?;
        fields.serialize_entry("station", station)?;
        fields.serialize_entry("time", &time.format(&Rfc3339).map_err(serde::ser::Error::custom)?)?;
        fields.serialize_entry("parameter", parameter)?;
        fields.serialize_entry("value", value)?;
        fields.serialize_entry("unit", &unit.as_deref())?;
        for (name, value) in &rest {
            fields.serialize_entry(name, value)?;
        }
        fields.end()
    }
}
