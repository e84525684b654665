//! A list, filled from what may fail in part.

use std::io::Write;

use persium_core::plan::{Plan, Progress};
use persium_core::{Error, Operation};
use persium_hyper::Walk;

use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::output::{End, List, Output, Record};
use crate::progress::{Bar, of_parts};

/// After so many in a row without an answer nobody seems to be there to ask.
const IN_A_ROW: usize = 3;

/// A list whose entries come of several things that are asked for one by one: of stations, mostly.
///
/// A failure is reported when it happens, and the next thing is asked for. The list is cut unless all that is missing
/// does not exist.
#[must_use = "a list is not written before its `finish`"]
pub(super) struct Gathering<'a, R, W> {
    list: List<'a, R, W>,
    bar: Bar,
    entries: usize,
    /// How many things are to be asked for, and of how many it is known what became of them.
    asked: usize,
    settled: usize,
    end: End,
    first_failure: Option<Exit>,
    in_a_row: usize,
    /// The failure that whatever is asked for next would meet as well.
    given_up: Option<Exit>,
}

impl<'a, R: Record, W: Write> Gathering<'a, R, W> {
    /// A list of what `asked` things bring.
    pub(super) fn new(output: &'a mut Output<W>, bar: Bar, asked: usize) -> Self {
        Self {
            list: output.list(),
            bar,
            entries: 0,
            asked,
            settled: 0,
            end: End::Whole,
            first_failure: None,
            in_a_row: 0,
            given_up: None,
        }
    }

    /// Takes one thing that is an entry.
    pub(super) fn take(&mut self, item: Result<R, Error>) -> Result<(), Failure> {
        let failure = match item {
            Ok(record) => {
                self.push(&record)?;
                None
            }
            Err(error) => Some(self.note(&error)),
        };
        self.settle(failure);
        Ok(())
    }

    /// Takes one thing of which a walk brings the entries.
    pub(super) async fn walk<P>(&mut self, mut walk: Walk<P>) -> Result<(), Failure>
    where
        P: Plan<Item = R> + Unpin,
        P::Item: Unpin,
        P::Operation: Send + 'static,
        <P::Operation as Operation>::Output: Send + 'static,
    {
        let (before, mut failure) = (self.entries, None);
        while let Some(item) = walk.next().await {
            match item {
                Ok(record) => self.push(&record)?,
                Err(error) => failure = Some(self.note(&error)),
            }
            self.advance(walk.progress());
        }
        // What does not exist has no first half either.
        if failure.is_some() && before < self.entries {
            self.end = End::Cut;
        }
        self.settle(failure);
        Ok(())
    }

    /// Whether to ask for nothing more. What has been asked for is worth waiting for all the same.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.is_some()
    }

    /// Whether no entry has come so far.
    pub(super) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Writes what is left, and says how it went.
    pub(super) fn finish(self) -> Result<(), Failure> {
        drop(self.bar);
        let is_lost = self.first_failure.is_some() && self.entries == 0;
        let written = self.list.end(if is_lost { End::Cut } else { self.end });
        if self.settled < self.asked {
            failure::report(&format!("stations not asked about: {}", self.asked - self.settled));
        }
        written.map_err(|error| Failure::from(error).after(self.first_failure))?;
        self.first_failure.map_or(Ok(()), |exit| Err(Failure::Reported(exit)))
    }

    fn push(&mut self, record: &R) -> Result<(), Failure> {
        self.list.push(record).map_err(|error| Failure::from(error).after(self.first_failure))?;
        self.entries += 1;
        Ok(())
    }

    fn note(&mut self, error: &Error) -> Exit {
        let exit = Exit::from(error);
        self.first_failure.get_or_insert(exit);
        if exit != Exit::NotFound {
            self.end = End::Cut;
        }
        // What it was given up for has been said.
        if self.given_up != Some(exit) {
            self.bar.suspend(|| failure::report(&failure::describe(error)));
        }
        exit
    }

    fn advance(&mut self, part: Progress) {
        self.bar.advance(self.entries, "entries", of_parts(self.settled, self.asked, part));
    }

    fn settle(&mut self, failure: Option<Exit>) {
        self.settled += 1;
        self.advance(Progress::default());
        let is_hopeless = match failure {
            Some(Exit::Configuration | Exit::Credentials | Exit::Forbidden) => true,
            Some(Exit::Throttled | Exit::Unavailable) => {
                self.in_a_row += 1;
                self.in_a_row == IN_A_ROW
            }
            _ => {
                self.in_a_row = 0;
                false
            }
        };
        if is_hopeless {
            self.given_up = failure;
        }
    }
}
