//! A list, filled from what may fail in part.

use std::io::Write;

use persium_core::Error;

use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::output::{List, Record};

/// A list whose entries come or fail one by one. A failure is reported when it happens; the rest goes on.
#[must_use = "a gathering ends with `finish` or `finish_walk`"]
pub(super) struct Gathering<'a, R, W> {
    list: List<'a, R, W>,
    first_failure: Option<Exit>,
    has_just_failed: bool,
}

impl<'a, R: Record, W: Write> Gathering<'a, R, W> {
    pub(super) fn new(list: List<'a, R, W>) -> Self {
        Self { list, first_failure: None, has_just_failed: false }
    }

    pub(super) fn take(&mut self, item: Result<R, Error>) -> Result<(), Failure> {
        self.has_just_failed = item.is_err();
        match item {
            Ok(record) => self.list.push(&record)?,
            Err(error) => {
                self.first_failure.get_or_insert(Exit::from(&error));
                failure::report(&failure::describe(&error));
            }
        }
        Ok(())
    }

    /// Ends a list of which each entry was asked for by itself: what did not come was reported, the rest is whole.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.list.finish()?;
        outcome(self.first_failure)
    }

    /// Ends a walk's list. One that ended on an error has more to it that did not come.
    pub(super) fn finish_walk(self) -> Result<(), Failure> {
        if self.has_just_failed {
            self.list.cut()?
        } else {
            self.list.finish()?
        }
        outcome(self.first_failure)
    }
}

fn outcome(first_failure: Option<Exit>) -> Result<(), Failure> {
    first_failure.map_or(Ok(()), |exit| Err(Failure::Reported(exit)))
}
