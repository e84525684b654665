//! One JSON array.

use std::io::{self, Write};

use super::{End, Output};

/// An array with an entry a line. `last` is held until it is known whether a comma follows.
#[derive(Debug, Default)]
pub(super) struct Array {
    last: Option<String>,
    is_begun: bool,
}

impl Array {
    pub(super) fn push<W: Write>(&mut self, output: &mut Output<W>, entry: String) -> io::Result<()> {
        match self.last.replace(entry) {
            Some(last) => self.write(output, &last, ","),
            None => Ok(()),
        }
    }

    /// An array that was cut short stays without its end: it is no JSON, so that no program takes the part for the whole.
    pub(super) fn end<W: Write>(mut self, output: &mut Output<W>, end: End) -> io::Result<()> {
        match (self.last.take(), end) {
            (Some(last), End::Whole) => self.write(output, &last, "]"),
            (Some(last), End::Cut) => self.write(output, &last, ","),
            (None, End::Whole) => output.line("[]"),
            (None, End::Cut) => Ok(()),
        }
    }

    fn write<W: Write>(&mut self, output: &mut Output<W>, entry: &str, after: &str) -> io::Result<()> {
        let before = if std::mem::replace(&mut self.is_begun, true) { ' ' } else { '[' };
        output.data(&format!("{before}{entry}{after}"))
    }
}
