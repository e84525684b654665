//! Columns for people.

use std::io::{self, Write};

use comfy_table::{CellAlignment, presets};

use super::record::{Cell, Column, Kind};
use super::{End, Output};

/// A table. Columns are as wide as their widest cell, so all rows are held until the end.
#[derive(Debug)]
pub(super) struct Table {
    columns: &'static [Column],
    table: Box<comfy_table::Table>,
}

impl Table {
    pub(super) fn new(columns: &'static [Column]) -> Self {
        let shown: Vec<_> = columns.iter().filter(|column| !column.is_aside).collect();
        let mut table = Box::new(comfy_table::Table::new());
        table.load_style(presets::NOTHING);
        table.set_header(shown.iter().map(|column| column.label().to_uppercase()));
        for (column, set) in shown.iter().zip(table.column_iter_mut()) {
            set.set_padding((0, 2));
            if column.kind == Kind::Number {
                set.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self { columns, table }
    }

    pub(super) fn push(&mut self, row: &[Cell]) {
        let shown = self.columns.iter().zip(row).filter(|(column, _)| !column.is_aside);
        self.table.add_row(shown.map(|(_, cell)| cell.shown()));
    }

    /// An empty table says so, where that is the whole of it.
    pub(super) fn end<W: Write>(self, output: &mut Output<W>, end: End) -> io::Result<()> {
        if self.table.is_empty() {
            return if end == End::Whole { output.line("nothing") } else { Ok(()) };
        }
        let heading = output.heading();
        let mut lines = self.table.lines();
        let head = lines.next().unwrap_or_default();
        output.line(&format!("{heading}{}{heading:#}", head.trim_end()))?;
        lines.try_for_each(|line| output.line(line.trim_end()))
    }
}
