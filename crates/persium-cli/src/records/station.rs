//! A station.

use persium_core::model::{AirQualityIndex, Station};

use crate::output::{Cell, Column, Record};

impl Record for Station {
    const COLUMNS: &'static [Column] = &[
        Column::text("uuid"),
        Column::text("name"),
        Column::text("status"),
        Column::number("daqi"),
        Column::text("daqi_base_on").aside(),
        Column::number("caqi"),
        Column::text("caqi_base_on").aside(),
        Column::number("usaqi"),
        Column::text("usaqi_base_on").aside(),
        Column::number("latitude").aside(),
        Column::number("longitude").aside(),
        Column::time("last_updated"),
    ];

    fn rows(&self) -> Vec<Vec<Cell>> {
        let [daqi, caqi, usaqi] = [&self.daqi, &self.caqi, &self.usaqi].map(Option::as_ref);
        vec![vec![
            self.uuid.to_string().into(),
            self.name.clone().into(),
            self.status.as_ref().map(ToString::to_string).into(),
            value(daqi),
            base(daqi),
            value(caqi),
            base(caqi),
            value(usaqi),
            base(usaqi),
            self.latitude.into(),
            self.longitude.into(),
            self.last_updated.into(),
        ]]
    }
}

fn value(index: Option<&AirQualityIndex>) -> Cell {
    index.and_then(|index| index.value).into()
}

fn base(index: Option<&AirQualityIndex>) -> Cell {
    index.and_then(|index| Some(index.base_on.as_ref()?.as_str())).into()
}
