//! A list, filled from what may fail in part.

use std::io::Write;

use persium_core::plan::Plan;
use persium_core::{Error, Operation};
use persium_hyper::Walk;

use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::output::{End, List, Output, Record};
use crate::progress::Bar;

/// A list whose entries come or fail one by one. A failure is reported when it happens; what can go on goes on.
#[must_use = "a list is not written before its `finish`"]
pub(super) struct Gathering<'a, R, W> {
    list: List<'a, R, W>,
    is_empty: bool,
    bar: Bar,
    end: End,
    first_failure: Option<Exit>,
    /// The last failure, where anything else would fail the same way.
    is_hopeless: bool,
}

impl<'a, R: Record, W: Write> Gathering<'a, R, W> {
    pub(super) fn new(output: &'a mut Output<W>) -> Self {
        let bar = Bar::beside(output.format());
        Self {
            list: output.list(),
            is_empty: true,
            bar,
            end: End::Whole,
            first_failure: None,
            is_hopeless: false,
        }
    }

    /// Takes one thing that was asked for by itself. One that did not come is missing, and the rest is whole.
    pub(super) fn take(&mut self, item: Result<R, Error>) -> Result<(), Failure> {
        match item {
            Ok(record) => {
                self.list.push(&record)?;
                self.is_empty = false;
            }
            Err(error) => self.note(&error),
        }
        Ok(())
    }

    /// Takes all that a walk brings. One that ends on an error leaves a list that is not whole.
    pub(super) async fn walk<P>(&mut self, mut walk: Walk<P>) -> Result<(), Failure>
    where
        P: Plan<Item = R> + Unpin,
        P::Item: Unpin,
        P::Operation: Send + 'static,
        <P::Operation as Operation>::Output: Send + 'static,
    {
        let mut last = None;
        while let Some(item) = walk.next().await {
            last = item.as_ref().err().cloned();
            self.take(item)?;
            self.bar.advance(walk.progress());
        }
        // What does not exist is missing as a whole, as in `take`.
        if last.is_some_and(|error| !error.is_not_found()) {
            self.end = End::Cut;
        }
        Ok(())
    }

    /// Whether the next thing would fail as the last one did: a client that is refused is refused everything.
    pub(super) fn is_hopeless(&self) -> bool {
        self.is_hopeless
    }

    /// Whether no entry has come so far.
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Writes what is left, and says how it went.
    pub(super) fn finish(self) -> Result<(), Failure> {
        drop(self.bar);
        self.list.end(if self.is_hopeless { End::Cut } else { self.end })?;
        self.first_failure.map_or(Ok(()), |exit| Err(Failure::Reported(exit)))
    }

    fn note(&mut self, error: &Error) {
        let exit = Exit::from(error);
        self.first_failure.get_or_insert(exit);
        self.is_hopeless = match exit {
            Exit::Configuration | Exit::Credentials | Exit::Forbidden | Exit::Throttled => true,
            // Without an answer at all nobody is there to ask.
            Exit::Unavailable => error.status().is_none(),
            _ => false,
        };
        self.bar.suspend(|| failure::report(&failure::describe(error)));
    }
}
