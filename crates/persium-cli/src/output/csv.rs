//! Rows for spreadsheets (RFC 4180, lines ending in LF).

use std::io::{self, Write};

use super::record::{Cell, Column};
use super::{End, Output};

/// A table of all columns, their names first. Times are in RFC 3339 and UTC.
#[derive(Debug)]
pub(super) struct Csv {
    columns: &'static [Column],
    is_begun: bool,
}

impl Csv {
    pub(super) fn new(columns: &'static [Column]) -> Self {
        Self { columns, is_begun: false }
    }

    pub(super) fn push<W: Write>(&mut self, output: &mut Output<W>, row: &[Cell]) -> io::Result<()> {
        self.begin(output)?;
        output.data(&line(row.iter().map(Cell::written))?)
    }

    pub(super) fn end<W: Write>(mut self, output: &mut Output<W>, end: End) -> io::Result<()> {
        if end == End::Whole { self.begin(output) } else { Ok(()) }
    }

    fn begin<W: Write>(&mut self, output: &mut Output<W>) -> io::Result<()> {
        if std::mem::replace(&mut self.is_begun, true) {
            return Ok(());
        }
        output.data(&line(self.columns.iter().map(|column| column.name.to_owned()))?)
    }
}

/// One row without its line ending; a quoted cell may hold line endings of its own.
fn line(cells: impl Iterator<Item = String>) -> io::Result<String> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(cells.map(String::into_bytes)).map_err(io::Error::other)?;
    let mut line = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    line.pop();
    String::from_utf8(line).map_err(io::Error::other)
}
