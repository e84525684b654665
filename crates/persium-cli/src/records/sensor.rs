//! A sensor.

use persium_core::model::{Parameter, Sensor};

use crate::output::{Cell, Column, Record};

impl Record for Sensor {
    const COLUMNS: &'static [Column] =
        &[Column::text("uuid"), Column::text("name"), Column::text("parameter"), Column::text("unit")];

    fn rows(&self) -> Vec<Vec<Cell>> {
        vec![vec![
            self.uuid.map(|uuid| uuid.to_string()).into(),
            self.name.clone().into(),
            self.parameter.as_ref().map(Parameter::as_str).into(),
            self.unit.clone().into(),
        ]]
    }
}
