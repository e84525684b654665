//! What a station told last.

use persium_core::model::{Measurement, Reading};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::output::{Cell, Column, Record};

/// What a station told last, be it nothing: a reading's fields, the time `null` and the measurements empty where there
/// is none.
#[derive(Serialize)]
pub(crate) struct Latest {
    pub(crate) station: Uuid,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) time: Option<OffsetDateTime>,
    pub(crate) measurements: Vec<Measurement>,
}

impl Latest {
    pub(crate) fn new(station: Uuid, reading: Option<Reading>) -> Self {
        match reading {
            Some(Reading { time, measurements, .. }) => Self { station, time: Some(time), measurements },
            None => Self { station, time: None, measurements: Vec::new() },
        }
    }
}

impl Record for Latest {
    const COLUMNS: &'static [Column] = &[
        Column::text("station"),
        Column::time("time"),
        Column::text("parameter"),
        Column::number("value"),
        Column::text("unit"),
    ];

    fn rows(&self) -> Vec<Vec<Cell>> {
        let station = || Cell::from(self.station.to_string());
        if self.measurements.is_empty() {
            return vec![vec![
                station(),
                Cell::Nothing("no reading"),
                Cell::Unknown,
                Cell::Unknown,
                Cell::Unknown,
            ]];
        }
        let row = |Measurement { time, parameter, value, unit, .. }: &Measurement| {
            vec![
                station(),
                (*time).into(),
                parameter.as_str().into(),
                (*value).into(),
                unit.as_deref().into(),
            ]
        };
        self.measurements.iter().map(row).collect()
    }
}
