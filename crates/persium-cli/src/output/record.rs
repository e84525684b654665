//! What an answer is made of.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::instant;
use crate::text::Plain;

/// A thing of an answer: rows for people and spreadsheets, a value for programs.
pub(crate) trait Record: Serialize {
    /// The columns.
    const COLUMNS: &'static [Column];

    /// Its rows, mostly one, with a cell for each column.
    fn rows(&self) -> Vec<Vec<Cell>>;
}

/// A column: what it is called, and what is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// In snake case, as the API would spell it.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Not in tables: they would be wider than a terminal.
    pub(crate) is_aside: bool,
}

/// What is in a column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Words and identifiers.
    Text,
    /// Numbers: people compare them by where they end.
    Number,
    /// Times, in UTC; the heading says so.
    Time,
}

impl Column {
    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, kind: Kind::Text, is_aside: false }
    }

    pub(crate) const fn number(name: &'static str) -> Self {
        Self { name, kind: Kind::Number, is_aside: false }
    }

    pub(crate) const fn time(name: &'static str) -> Self {
        Self { name, kind: Kind::Time, is_aside: false }
    }

    pub(crate) const fn aside(self) -> Self {
        Self { is_aside: true, ..self }
    }

    /// What people read: `last_updated` as `last updated (UTC)`.
    pub(crate) fn label(self) -> String {
        let zone = if self.kind == Kind::Time { " (UTC)" } else { "" };
        format!("{}{zone}", self.name.replace('_', " "))
    }
}

/// What stands in one row of one column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    Number(f64),
    Time(OffsetDateTime),
    /// Nothing is known.
    Unknown,
    /// Nothing is there, which people are told so.
    Nothing(&'static str),
}

impl Cell {
    /// For people: one line, and nothing in it that a terminal would obey.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => Plain(text).to_string(),
            Self::Number(number) => number.to_string(),
            Self::Time(time) => instant::show(*time),
            Self::Unknown => String::new(),
            Self::Nothing(word) => (*word).to_owned(),
        }
    }

    /// For spreadsheets: as the API would write it.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            // Only years beyond 9999 have no such form.
            Self::Time(time) => time.format(&Rfc3339).unwrap_or_else(|_| time.to_string()),
            Self::Unknown | Self::Nothing(_) => String::new(),
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<OffsetDateTime> for Cell {
    fn from(time: OffsetDateTime) -> Self {
        Self::Time(time)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Into::into)
    }
}
