//! A measurement.

use persium_core::model::Measurement;

use crate::output::{Cell, Column, Record};

impl Record for Measurement {
    const COLUMNS: &'static [Column] = &[
        Column::time("time"),
        Column::text("parameter"),
        Column::number("value"),
        Column::text("unit"),
        Column::text("station"),
    ];

    fn rows(&self) -> Vec<Vec<Cell>> {
        vec![vec![
            self.time.into(),
            self.parameter.as_str().into(),
            self.value.into(),
            self.unit.as_deref().into(),
            self.station.to_string().into(),
        ]]
    }
}
