//! A list in numbered pages.

use std::collections::BTreeSet;
use std::fmt;

use super::{Page, Plan, Progress};
use crate::config::Limits;
use crate::error::Error;
use crate::operation::Operation;

/// An operation that lists something in numbered pages.
pub trait Paged: Operation<Output = Page<Self::Item>> {
    /// What is listed.
    type Item;
    /// What makes two items the same one.
    type Key: Ord;

    /// The same list's page of that number; the first is 1.
    #[must_use]
    fn page(&self, number: u32) -> Self
    where
        Self: Sized;

    /// The key of an item.
    fn key(item: &Self::Item) -> Self::Key;
}

/// Walks numbered pages until one holds nothing new, and yields each item once.
///
/// A short page is not the end, nor is a total that was reached: servers clamp page sizes, and lists change while
/// they are walked. A list that does not end within [`Limits::max_pages`] ends with an error, as does one that says
/// there is more and does not give it. Progress counts items.
pub struct Pages<O: Paged> {
    list: O,
    number: u32,
    max_pages: u32,
    seen: BTreeSet<O::Key>,
    total: Option<u64>,
    end: Option<End>,
}

/// Why there are no more pages.
enum End {
    /// There is nothing more to be had, or the reason was told.
    Told,
    /// The list goes on beyond the limit.
    Cut,
    /// The last page said that there is more, and this one brought nothing new.
    Withheld,
}

impl<O: Paged> Pages<O> {
    /// All of `list`, from its first page.
    pub fn new(list: O, limits: &Limits) -> Self {
        Self { list, number: 1, max_pages: limits.max_pages, seen: BTreeSet::new(), total: None, end: None }
    }
}

impl<O: Paged> Plan for Pages<O> {
    type Operation = O;
    type Item = O::Item;

    fn next_operation(&self) -> Option<O> {
        self.end.is_none().then(|| self.list.page(self.number))
    }

    fn accept(&mut self, outcome: Result<Page<O::Item>, Error>) -> Vec<Result<O::Item, Error>> {
        let Page { mut items, total, next, .. } = match outcome {
            Ok(page) => page,
            Err(error) => return vec![Err(error)],
        };
        self.total = total.or(self.total);
        let before = self.seen.len();
        items.retain(|item| item.as_ref().map_or(true, |item| self.seen.insert(O::key(item))));
        let brought_new = before < self.seen.len();
        self.end = match (brought_new, next.says_more()) {
            (true, _) if self.number < self.max_pages => None,
            (true, _) => Some(End::Cut),
            (false, true) => Some(End::Withheld),
            (false, false) => Some(End::Told),
        };
        if self.end.is_none() {
            self.number += 1;
        }
        items
    }

    fn shortfall(&mut self) -> Option<Error> {
        let number = self.number;
        let problem = match self.end.replace(End::Told)? {
            End::Told => return None,
            End::Cut => {
                format!("expected a list that ends within {number} pages (max_pages), got one that goes on")
            }
            End::Withheld => {
                format!(
                    "expected more rows, for page {number} says there are, got none that were not there before"
                )
            }
        };
        Some(Error::decode(problem))
    }

    fn progress(&self) -> Progress {
        Progress::new(self.seen.len() as u64, self.total)
    }
}

impl<O: Paged> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("page", &self.number)
            .field("seen", &self.seen.len())
            .field("total", &self.total)
            .field("ended", &self.end.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
