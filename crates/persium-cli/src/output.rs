//! How an answer is written to standard output.

mod list;
mod record;

pub(crate) use list::List;
pub(crate) use record::{Column, Record};

use std::io::{self, IsTerminal as _, Write};

use anstream::ColorChoice;
use anstyle::Style;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::text::Plain;

const HEADING: Style = Style::new().bold();

/// The form of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    Table,
    /// One JSON document: an array for what is a list, an object otherwise
    Json,
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
        let stdout = io::stdout();
        let elsewhere = if stdout.is_terminal() { Format::Table } else { Format::Json };
        self.open(stdout, elsewhere)
    }

    /// The same for a command that is made to be looked at: `default` wherever it is written to.
    pub(crate) fn stdout_or(self, default: Format) -> Output<io::Stdout> {
        self.open(io::stdout(), default)
    }

    fn open(self, out: io::Stdout, default: Format) -> Output<io::Stdout> {
        let coloured = anstream::AutoStream::choice(&out) != ColorChoice::Never;
        Output { out, format: self.format.unwrap_or(default), coloured }
    }
}

/// Where an answer goes, and in which form.
///
/// Whole lines only are written, each at once: whoever reads along, or ends the command early, finds no half a line.
#[derive(Debug)]
pub(crate) struct Output<W> {
    out: W,
    format: Format,
    coloured: bool,
}

impl<W: Write> Output<W> {
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Begins a list of which the rows follow.
    pub(crate) fn list<R: Record>(&mut self) -> List<'_, R, W> {
        List::new(self)
    }

    /// Writes one thing: `facts` for people, `value` for programs.
    pub(crate) fn one(&mut self, facts: &[(&str, String)], value: &impl Serialize) -> io::Result<()> {
        match self.format {
            Format::Table => facts.iter().try_for_each(|(name, fact)| {
                let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
                let heading = self.heading();
                self.line(&format!("{heading}{name:<width$}{heading:#}  {}", Plain(fact)))
            }),
            Format::Json => {
                let document = serde_json::to_string_pretty(value)?;
                self.line(&document)
            }
        }
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
