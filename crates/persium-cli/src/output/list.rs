//! A list, entry by entry.

use std::io::{self, Write};
use std::marker::PhantomData;

use comfy_table::{CellAlignment, Table, presets};

use super::{Column, Format, Output, Record};
use crate::text::Plain;

/// A list of which the entries are written as they come, as far as the form allows.
#[must_use = "a list ends with `finish` or `cut`"]
#[derive(Debug)]
pub(crate) struct List<'a, R, W> {
    output: &'a mut Output<W>,
    body: Body,
    records: PhantomData<fn(&R)>,
}

#[derive(Debug)]
enum Body {
    /// Columns are as wide as their widest cell, so all rows are held until the end.
    Table(Box<Table>),
    /// `last` is held until it is known whether a comma follows.
    Json { last: Option<String>, is_begun: bool },
}

impl<'a, R: Record, W: Write> List<'a, R, W> {
    pub(super) fn new(output: &'a mut Output<W>) -> Self {
        let body = match output.format() {
            Format::Table => Body::Table(Box::new(table(R::COLUMNS))),
            Format::Json => Body::Json { last: None, is_begun: false },
        };
        Self { output, body, records: PhantomData }
    }

    /// Adds an entry.
    pub(crate) fn push(&mut self, record: &R) -> io::Result<()> {
        match &mut self.body {
            Body::Table(table) => {
                for row in record.rows() {
                    table.add_row(row.iter().map(|cell| Plain(cell).to_string()));
                }
                Ok(())
            }
            Body::Json { last, is_begun } => match last.replace(serde_json::to_string(record)?) {
                Some(last) => self.output.line(&format!("{}{last},", opening(is_begun))),
                None => Ok(()),
            },
        }
    }

    /// Writes what is left. An empty table says that there is nothing.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self.body {
            Body::Table(table) if table.is_empty() => self.output.line("nothing"),
            Body::Table(table) => write_table(self.output, &table),
            Body::Json { last: None, .. } => self.output.line("[]"),
            Body::Json { last: Some(last), mut is_begun } => {
                self.output.line(&format!("{}{last}]", opening(&mut is_begun)))
            }
        }
    }

    /// Writes what came of a list that will never be whole.
    ///
    /// A JSON array stays without its end: it is no JSON, so that no program takes the part for the whole.
    pub(crate) fn cut(self) -> io::Result<()> {
        match self.body {
            Body::Table(table) if table.is_empty() => Ok(()),
            Body::Table(table) => write_table(self.output, &table),
            Body::Json { last: None, .. } => Ok(()),
            Body::Json { last: Some(last), mut is_begun } => {
                self.output.line(&format!("{}{last},", opening(&mut is_begun)))
            }
        }
    }
}

fn table(columns: &[Column]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(columns.iter().map(|column| column.heading()));
    for (place, column) in columns.iter().enumerate() {
        if let (Column::Number(_), Some(column)) = (column, table.column_mut(place)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

fn write_table<W: Write>(output: &mut Output<W>, table: &Table) -> io::Result<()> {
    let heading = output.heading();
    let mut lines = table.lines();
    let head = lines.next().unwrap_or_default();
    output.line(&format!("{heading}{}{heading:#}", head.trim_end()))?;
    lines.try_for_each(|line| output.line(line.trim_end()))
}

/// What stands before an entry: the array's start before the first.
fn opening(is_begun: &mut bool) -> char {
    if std::mem::replace(is_begun, true) { ' ' } else { '[' }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(Serialize)]
    struct Entry(&'static str, u8);

    impl Record for Entry {
        const COLUMNS: &'static [Column] = &[Column::Text("NAME"), Column::Number("VALUE")];

        fn rows(&self) -> Vec<Vec<String>> {
            vec![vec![self.0.to_owned(), self.1.to_string()]]
        }
    }

    type End = for<'a> fn(List<'a, Entry, Vec<u8>>) -> io::Result<()>;

    const ENTRIES: [Entry; 3] = [Entry("one", 1), Entry("two\nlines", 22), Entry("three", 3)];

    fn written(format: Format, entries: &[Entry], end: End) -> String {
        let mut output = Output { out: Vec::new(), format, coloured: false };
        let mut list = output.list();
        for entry in entries {
            list.push(entry).unwrap();
        }
        end(list).unwrap();
        String::from_utf8(output.out).unwrap()
    }

    #[test]
    fn a_table_keeps_one_line_for_a_row() {
        let text = written(Format::Table, &ENTRIES, |list| list.finish());
        assert_eq!(text, "NAME       VALUE\none            1\ntwo\u{fffd}lines     22\nthree          3\n");
    }

    #[test]
    fn json_is_one_array_with_an_entry_a_line() {
        let text = written(Format::Json, &ENTRIES, |list| list.finish());
        assert_eq!(text, "[[\"one\",1],\n [\"two\\nlines\",22],\n [\"three\",3]]\n");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn an_empty_list_says_so() {
        assert_eq!(written(Format::Table, &[], |list| list.finish()), "nothing\n");
        assert_eq!(written(Format::Json, &[], |list| list.finish()), "[]\n");
    }

    #[test]
    fn a_part_is_not_taken_for_the_whole() {
        let text = written(Format::Json, &ENTRIES[..2], |list| list.cut());
        assert_eq!(text, "[[\"one\",1],\n [\"two\\nlines\",22],\n");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_err());
        assert_eq!(written(Format::Table, &ENTRIES[..1], |list| list.cut()), "NAME  VALUE\none       1\n");
        assert_eq!(written(Format::Json, &[], |list| list.cut()), "");
        assert_eq!(written(Format::Table, &[], |list| list.cut()), "");
    }
}
