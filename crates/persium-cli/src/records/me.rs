//! Who the API takes us for.

use persium_core::model::Me;

use crate::output::{Cell, Column, Record};

impl Record for Me {
    const COLUMNS: &'static [Column] = &[
        Column::text("client_id"),
        Column::text("label"),
        Column::text("organisation_uuid"),
        Column::text("all_organisations"),
    ];

    fn rows(&self) -> Vec<Vec<Cell>> {
        vec![vec![
            self.client_id.as_str().into(),
            self.label.clone().into(),
            self.organisation_uuid.map(|uuid| uuid.to_string()).into(),
            self.all_organisations.map(|all| all.to_string()).into(),
        ]]
    }
}
