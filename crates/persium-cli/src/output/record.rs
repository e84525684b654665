//! What a list is made of.

use serde::Serialize;

/// An entry of a list: rows for people, a value for programs.
pub(crate) trait Record: Serialize {
    /// The columns. A time's heading says that it is UTC.
    const COLUMNS: &'static [Column];

    /// Its rows, mostly one, with a cell for each column; a cell is empty where nothing is known.
    fn rows(&self) -> Vec<Vec<String>>;
}

/// A column's heading, and what is below it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    /// Words, times, identifiers.
    Text(&'static str),
    /// Numbers, which are compared by where they end.
    Number(&'static str),
}

impl Column {
    pub(crate) const fn heading(self) -> &'static str {
        match self {
            Self::Text(heading) | Self::Number(heading) => heading,
        }
    }
}
