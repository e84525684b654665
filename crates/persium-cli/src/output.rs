//! How an answer is written to standard output.

mod csv;
mod json;
mod list;
mod record;
mod table;

pub(crate) use list::{End, List};
pub(crate) use record::{Cell, Column, Record};

use std::io::{self, IsTerminal as _, Write};

use anstream::ColorChoice;
use anstyle::Style;
use clap::{Args, ValueEnum};

use crate::text::Lines;

const HEADING: Style = Style::new().bold();

/// The form of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    Table,
    /// One JSON document: an array where the answer is a list, else an object
    Json,
    /// A JSON document a line, each as soon as it is there
    Jsonl,
    /// Comma-separated values, the columns' names first
    Csv,
}

/// The options of every command that writes an answer.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct OutputArgs {
    /// How the answer is written [default: table on a terminal, json elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
}

impl OutputArgs {
    /// Standard output, in the form that was asked for.
    pub(crate) fn stdout(self) -> Output<io::Stdout> {
        let default = if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        self.stdout_or(default)
    }

    /// The same for a command that is made to be looked at: `default` wherever it is written to.
    pub(crate) fn stdout_or(self, default: Format) -> Output<io::Stdout> {
        let out = io::stdout();
        let coloured = anstream::AutoStream::choice(&out) != ColorChoice::Never;
        let is_terminal = out.is_terminal();
        Output { out, format: self.format.unwrap_or(default), coloured, is_terminal }
    }
}

/// Passes text of others on to standard output: as it came, but to a terminal, which would obey some of it.
pub(crate) fn pass_on(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout();
    if out.is_terminal() {
        let text = String::from_utf8_lossy(text);
        let end = if text.ends_with('\n') { "" } else { "\n" };
        write!(out, "{}{end}", Lines(&text))?;
    } else {
        out.write_all(text)?;
    }
    out.flush()
}

/// Where an answer goes, and in which form.
///
/// Whole lines are written, each at once: whoever reads along, or ends the command early, finds no half a line.
#[derive(Debug)]
pub(crate) struct Output<W> {
    out: W,
    format: Format,
    coloured: bool,
    is_terminal: bool,
}

impl<W: Write> Output<W> {
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Begins a list of which the entries follow.
    pub(crate) fn list<R: Record>(&mut self) -> List<'_, R, W> {
        List::new(self)
    }

    /// Writes one thing. For people each of its columns is a line; none is left out.
    pub(crate) fn one<R: Record>(&mut self, record: &R) -> io::Result<()> {
        match self.format {
            Format::Table => record.rows().iter().try_for_each(|row| self.facts(R::COLUMNS, row)),
            Format::Json => self.data(&serde_json::to_string_pretty(record)?),
            Format::Jsonl | Format::Csv => {
                let mut list = self.list();
                list.push(record)?;
                list.end(End::Whole)
            }
        }
    }

    fn facts(&mut self, columns: &[Column], row: &[Cell]) -> io::Result<()> {
        let labels: Vec<_> = columns.iter().map(|column| column.label()).collect();
        let width = labels.iter().map(String::len).max().unwrap_or_default();
        let heading = self.heading();
        labels.iter().zip(row).try_for_each(|(label, cell)| {
            let line = format!("{heading}{label:<width$}{heading:#}  {}", cell.shown());
            self.line(line.trim_end())
        })
    }

    /// Writes a line of data, or several: as they are, but to a terminal, which would obey some of it.
    fn data(&mut self, text: &str) -> io::Result<()> {
        if self.is_terminal { self.line(&Lines(text).to_string()) } else { self.line(text) }
    }

    /// Writes a line of words, or several.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        let mut line = String::with_capacity(text.len() + 1);
        line.push_str(text);
        line.push('\n');
        self.out.write_all(line.as_bytes())?;
        self.out.flush()
    }

    /// How headings look here.
    pub(crate) fn heading(&self) -> Style {
        if self.coloured { HEADING } else { Style::new() }
    }
}
