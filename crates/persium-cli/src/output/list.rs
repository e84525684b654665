//! A list, entry by entry.

use std::io::{self, Write};
use std::marker::PhantomData;

use super::csv::Csv;
use super::json::Array;
use super::table::Table;
use super::{Format, Output, Record};

/// A list of which the entries are written as they come, as far as the form allows.
#[must_use = "a list is not written before its `end`"]
#[derive(Debug)]
pub(crate) struct List<'a, R, W> {
    output: &'a mut Output<W>,
    body: Body,
    records: PhantomData<fn(&R)>,
}

/// How a list ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// That was all.
    Whole,
    /// There is more, and it will not come.
    Cut,
}

#[derive(Debug)]
enum Body {
    Table(Table),
    Json(Array),
    Jsonl,
    Csv(Csv),
}

impl<'a, R: Record, W: Write> List<'a, R, W> {
    pub(super) fn new(output: &'a mut Output<W>) -> Self {
        let body = match output.format() {
            Format::Table => Body::Table(Table::new(R::COLUMNS)),
            Format::Json => Body::Json(Array::default()),
            Format::Jsonl => Body::Jsonl,
            Format::Csv => Body::Csv(Csv::new(R::COLUMNS)),
        };
        Self { output, body, records: PhantomData }
    }

    /// Adds an entry.
    pub(crate) fn push(&mut self, record: &R) -> io::Result<()> {
        match &mut self.body {
            Body::Table(table) => {
                record.rows().iter().for_each(|row| table.push(row));
                Ok(())
            }
            Body::Json(array) => array.push(self.output, serde_json::to_string(record)?),
            Body::Jsonl => self.output.data(&serde_json::to_string(record)?),
            Body::Csv(csv) => record.rows().iter().try_for_each(|row| csv.push(self.output, row)),
        }
    }

    /// Writes what is left.
    pub(crate) fn end(self, end: End) -> io::Result<()> {
        match self.body {
            Body::Table(table) => table.end(self.output, end),
            Body::Json(array) => array.end(self.output, end),
            Body::Jsonl => Ok(()),
            Body::Csv(csv) => csv.end(self.output, end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Cell, Column};
    use serde::Serialize;
    use time::macros::datetime;

    #[derive(Serialize)]
    struct Entry(&'static str, f64);

    impl Record for Entry {
        const COLUMNS: &'static [Column] =
            &[Column::text("name"), Column::time("last_seen").aside(), Column::number("value")];

        fn rows(&self) -> Vec<Vec<Cell>> {
            vec![vec![self.0.into(), datetime!(2026-11-22 08:00 UTC).into(), self.1.into()]]
        }
    }

    const ENTRIES: [Entry; 3] = [Entry("one", 1.0), Entry("two\nlines", 22.5), Entry("three", -3.0)];

    fn written(format: Format, entries: &[Entry], end: End) -> String {
        let mut output = Output { out: Vec::new(), format, coloured: false, is_terminal: false };
        let mut list = output.list();
        for entry in entries {
            list.push(entry).unwrap();
        }
        list.end(end).unwrap();
        String::from_utf8(output.out).unwrap()
    }

    #[test]
    fn a_table_keeps_one_line_for_a_row() {
        let text = written(Format::Table, &ENTRIES, End::Whole);
        assert_eq!(text, "NAME       VALUE\none            1\ntwo\u{fffd}lines   22.5\nthree         -3\n");
    }

    #[test]
    fn json_is_one_array_with_an_entry_a_line() {
        let text = written(Format::Json, &ENTRIES, End::Whole);
        assert_eq!(text, "[[\"one\",1.0],\n [\"two\\nlines\",22.5],\n [\"three\",-3.0]]\n");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn jsonl_is_an_entry_a_line_and_nothing_else() {
        let text = written(Format::Jsonl, &ENTRIES[..2], End::Whole);
        assert_eq!(text, "[\"one\",1.0]\n[\"two\\nlines\",22.5]\n");
    }

    #[test]
    fn csv_has_all_columns_and_quotes_what_it_must() {
        let text = written(Format::Csv, &ENTRIES[..2], End::Whole);
        let time = "2026-11-22T08:00:00Z";
        assert_eq!(text, format!("name,last_seen,value\none,{time},1\n\"two\nlines\",{time},22.5\n"));
    }

    #[test]
    fn an_empty_list_says_so() {
        assert_eq!(written(Format::Table, &[], End::Whole), "nothing\n");
        assert_eq!(written(Format::Json, &[], End::Whole), "[]\n");
        assert_eq!(written(Format::Jsonl, &[], End::Whole), "");
        assert_eq!(written(Format::Csv, &[], End::Whole), "name,last_seen,value\n");
    }

    #[test]
    fn a_part_is_not_taken_for_the_whole() {
        let text = written(Format::Json, &ENTRIES[..2], End::Cut);
        assert_eq!(text, "[[\"one\",1.0],\n [\"two\\nlines\",22.5],\n");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_err());
        assert_eq!(written(Format::Table, &ENTRIES[..1], End::Cut), "NAME  VALUE\none       1\n");
        for format in [Format::Table, Format::Json, Format::Jsonl, Format::Csv] {
            assert_eq!(written(format, &[], End::Cut), "", "{format:?}");
        }
    }
}
