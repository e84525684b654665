//! A span of time, in windows.

mod gathered;
mod span;

use std::fmt;

use time::OffsetDateTime;

use self::gathered::Gathered;
use self::span::{Span, Window, shown};
use super::{Next, Page, Plan, Progress};
use crate::config::Limits;
use crate::error::Error;
use crate::model::Measurement;
use crate::operation::Operation;

/// An operation that asks for the measurements of a window, both ends included.
pub trait Windowed: Clone + Operation<Output = Page<Measurement>> {
    /// The same question about another window.
    #[must_use]
    fn within(&self, from: OffsetDateTime, to: OffsetDateTime) -> Self;

    /// The same question for what follows its answer, which was page `number` of the window and said `next`.
    /// `None`: it cannot be asked for.
    fn following(&self, number: u32, next: &Next) -> Option<Self>;
}

/// A window is held until it is whole, so that its pages must not go on for ever: together they may be as long as so many
/// of the longest answers.
const ANSWERS_HELD: usize = 4;

/// Walks a span of time window by window, and yields each measurement once.
///
/// Both ends of a window are included, so neighbours share their seam: what came twice is told apart by parameter and
/// time, and the first to come counts. The measurements of one window are yielded together, sorted by time (those of
/// one time as they came), after the rows that could not be read. A row that lies outside the window it was asked for
/// is not lost, and comes once all the same.
///
/// Where an answer says that it is not all of its window, the rest is asked for; where that cannot be, or the answers
/// together are four times as long as one may be ([`Limits::max_body`]), the window ends with an error among its items, and the walk goes on. Kept in memory are the measurements of one window, the
/// keys of the one before, and those of rows that lay outside theirs. Progress counts windows.
pub struct Windows<O: Windowed> {
    span: Span,
    max_requests: u32,
    requests: u32,
    /// What is to be asked next. `None`: nothing more.
    next: Option<O>,
    /// The number of that page within its window.
    number: u32,
    /// How many rows of the window came so far, and how many there are if an answer said so.
    rows: u64,
    total: Option<u64>,
    /// How long the answers of the window were so far, and beyond which length no more is asked for.
    bytes: usize,
    max_bytes: usize,
    gathered: Gathered,
    shortfall: Option<Error>,
}

impl<O: Windowed> Windows<O> {
    /// What `question` asks, from `from` to `to`, both included, in windows of [`Limits::window_chunk`] and in no
    /// more than [`Limits::max_pages`] requests. A start after the end, or a span of more windows than that, makes a
    /// walk of one error.
    #[must_use]
    pub fn new(question: &O, from: OffsetDateTime, to: OffsetDateTime, limits: &Limits) -> Self {
        let span = Span::new(from, to, limits.window_chunk);
        let windows = span.windows();
        let (start, end, max) = (shown(from), shown(to), limits.max_pages);
        let shortfall = if to < from {
            Some(Error::config("start_time", format!("{start} is after end_time {end}")))
        } else if u64::from(max) < windows {
            let problem = format!(
                "is {max}, and from {start} to {end} takes {windows} requests: ask for less, or raise it"
            );
            Some(Error::config("max_pages", problem))
        } else {
            None
        };
        let first = span.window();
        Self {
            next: shortfall.is_none().then(|| question.within(first.from, first.to)),
            span,
            max_requests: limits.max_pages,
            requests: 0,
            number: 1,
            rows: 0,
            total: None,
            bytes: 0,
            max_bytes: limits.max_body.saturating_mul(ANSWERS_HELD),
            gathered: Gathered::default(),
            shortfall,
        }
    }

    /// What follows a page: the rest of its window, or the next window. An error: the rest cannot be had.
    fn rest_of_window(&self, next: Next, brought_new: bool) -> Result<Option<O>, Error> {
        let next = match (next, self.total) {
            (Next::Unsaid, Some(total)) if self.rows < total => Next::More,
            // The page before said that there is more.
            (Next::Unsaid, _) if 1 < self.number && !brought_new => Next::More,
            (next, _) => next,
        };
        let Some(asked) = self.next.as_ref().filter(|_| next.says_more()) else { return Ok(None) };
        let Window { from, to, .. } = self.span.window();
        let refuse = |got: String| {
            let count = self.total.map_or(String::new(), |total| format!(" of {total}"));
            let (from, to, rows) = (shown(from), shown(to), self.rows);
            Error::decode(format!(
                "expected all rows from {from} to {to}, got {rows}{count}, and the word that there is more{got}"
            ))
        };
        if self.max_bytes <= self.bytes {
            let held = self.bytes >> 20;
            return Err(refuse(format!(", after {held} MiB: ask for shorter windows (window_chunk)")));
        }
        if !brought_new {
            return Err(refuse(", which page by page does not come".to_owned()));
        }
        match asked.following(self.number, &next) {
            Some(following) => Ok(Some(following)),
            None => Err(refuse(match next {
                Next::Unknown(form) => format!(" in a form this version does not know: {form}"),
                _ => " without a way to ask for it".to_owned(),
            })),
        }
    }

    /// Moves on to the next window, and yields this one's measurements.
    fn end_window(&mut self) -> Vec<Result<Measurement, Error>> {
        let window = self.span.window();
        let items = self.gathered.yielded(window);
        self.number = 1;
        self.rows = 0;
        self.bytes = 0;
        self.total = None;
        self.next = match (self.next.take(), self.span.advance()) {
            (Some(asked), true) => {
                let Window { from, to, .. } = self.span.window();
                Some(asked.within(from, to))
            }
            _ => None,
        };
        items
    }
}

impl<O: Windowed> Plan for Windows<O> {
    type Operation = O;
    type Item = Measurement;

    fn next_operation(&self) -> Option<O> {
        self.next.clone()
    }

    fn accept(&mut self, outcome: Result<Page<Measurement>, Error>) -> Vec<Result<Measurement, Error>> {
        let Page { items, rows, bytes, total, next } = match outcome {
            Ok(page) => page,
            Err(error) => return vec![Err(error)],
        };
        self.requests += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.total = total.or(self.total);
        // Rows without a measurement are rows all the same. They have no keys, so that only the last of a window are taken for new.
        let are_gaps = items.is_empty() && 0 < rows && !next.says_more();
        let brought_new = self.gathered.add(items) || are_gaps;
        // A page that repeats another one brings the total no nearer.
        if brought_new || self.number == 1 {
            self.rows += rows;
        }
        let rest = self.rest_of_window(next, brought_new).unwrap_or_else(|error| {
            self.gathered.fail(error);
            None
        });
        let is_whole = rest.is_none();
        let mut items = Vec::new();
        match rest {
            Some(following) => {
                self.next = Some(following);
                self.number += 1;
            }
            None => items = self.end_window(),
        }
        if self.next.is_some() && self.max_requests <= self.requests {
            if !is_whole {
                items = self.end_window();
            }
            self.next = None;
            self.shortfall = Some(Error::decode(format!(
                "expected a span that ends within {} requests (max_pages), got one that goes on",
                self.requests
            )));
        }
        items
    }

    fn shortfall(&mut self) -> Option<Error> {
        self.shortfall.take()
    }

    fn progress(&self) -> Progress {
        Progress::new(self.span.done(), Some(self.span.windows()))
    }
}

impl<O: Windowed> fmt::Debug for Windows<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windows")
            .field("span", &self.span)
            .field("page", &self.number)
            .field("requests", &self.requests)
            .field("ended", &self.next.is_none())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
