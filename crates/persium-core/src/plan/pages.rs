//! A list in numbered pages.

use std::collections::BTreeSet;
use std::fmt;

use super::page::Unreadable;
use super::{Next, Page, Plan, Progress};
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
/// they are walked. Nor is a page of rows that cannot be read, unless it repeats those of the page before it. A list that
/// does not end within [`Limits::max_pages`] ends with an error, as does one that says there is more, does not give it, and
/// does not take it back, and one whose rows that cannot be read are repeated. Progress counts items.
pub struct Pages<O: Paged> {
    list: O,
    number: u32,
    max_pages: u32,
    seen: BTreeSet<O::Key>,
    unreadable: Unreadable,
    /// The page that said last that there is more, if that was not kept nor taken back.
    promised_by: Option<u32>,
    total: Option<u64>,
    end: Option<End>,
}

/// Why there are no more pages.
enum End {
    /// There is nothing more to be had, or the reason was told.
    Told,
    /// The list goes on beyond the limit.
    Cut,
    /// That page said that there is more, and none came.
    Withheld(u32),
    /// The last page is of rows that cannot be read alone, the same as those of the page before it.
    Unreadable,
}

impl<O: Paged> Pages<O> {
    /// All of `list`, from its first page.
    pub fn new(list: O, limits: &Limits) -> Self {
        Self {
            list,
            number: 1,
            max_pages: limits.max_pages,
            seen: BTreeSet::new(),
            unreadable: Unreadable::default(),
            promised_by: None,
            total: None,
            end: None,
        }
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
        let is_read = items.is_empty() || items.iter().any(Result::is_ok);
        items.retain(|item| item.as_ref().map_or(true, |item| self.seen.insert(O::key(item))));
        let errors = items.iter().filter_map(|item| item.as_ref().err());
        let brought_new = self.unreadable.are_new(errors) || before < self.seen.len();
        self.promised_by = match next {
            Next::Unsaid if brought_new => None,
            Next::Unsaid => self.promised_by,
            next => next.says_more().then_some(self.number),
        };
        self.end = match self.promised_by {
            _ if brought_new => (self.max_pages <= self.number).then_some(End::Cut),
            Some(page) => Some(End::Withheld(page)),
            None if is_read => Some(End::Told),
            None => Some(End::Unreadable),
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
            End::Withheld(page) => {
                format!(
                    "expected more rows, for page {page} says there are, got none that were not there before"
                )
            }
            End::Unreadable => {
                format!(
                    "expected page {number} to have other rows than the page before it, got the same, unreadable"
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
