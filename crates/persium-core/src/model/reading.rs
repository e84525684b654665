//! The latest a station told.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::measurement::Measurement;

/// The latest a station told: the newest measurement of each parameter.
///
/// The API's answer may be one row or several (assumed); of several, each parameter's newest counts, so measurements
/// of one reading may differ in time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// The station.
    pub station: Uuid,
    /// When the newest of the measurements was made, in UTC.
    pub time: OffsetDateTime,
    /// The newest measurement of each parameter, newest first; never empty.
    pub measurements: Vec<Measurement>,
}

impl Reading {
    /// The newest of each parameter. `None` where there is no measurement at all.
    pub(crate) fn newest(mut measurements: Vec<Measurement>) -> Option<Self> {
        measurements.sort_by_key(|measurement| Reverse(measurement.time));
        let mut seen = BTreeSet::new();
        measurements.retain(|measurement| seen.insert(measurement.parameter.clone()));
        let Measurement { station, time, .. } = *measurements.first()?;
        Some(Self { station, time, measurements })
    }
}

impl Serialize for Reading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { station, time, measurements } = self;
        let mut fields = serializer.serialize_struct("Reading", 3)?;
        fields.serialize_field("station", station)?;
        fields.serialize_field("time", &time.format(&Rfc3339).map_err(serde::ser::Error::custom)?)?;
        fields.serialize_field("measurements", measurements)?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn of_several_rows_the_newest_of_each_parameter_counts() {
        let rows = [
            r#"{"time":"2026-11-23T10:00:00Z","pm25":1,"no2":2}"#,
            r#"{"time":"2026-11-23T12:00:00Z","PM2.5":3}"#,
            r#"{"time":"2026-11-23T11:00:00Z","pm25":4,"no2":5}"#,
        ];
        let of = |row: &'static str| {
            Measurement::from_row(Uuid::nil(), &Bytes::from_static(row.as_bytes())).unwrap()
        };
        let reading = Reading::newest(rows.into_iter().flat_map(of).collect()).unwrap();
        let newest: Vec<_> = reading.measurements.iter().map(|m| (m.parameter.as_str(), m.value)).collect();
        assert_eq!(newest, [("PM2.5", Some(3.0)), ("no2", Some(5.0))]);
        assert_eq!(reading.time, reading.measurements[0].time);
        assert_eq!(Reading::newest(Vec::new()), None);
    }
}
