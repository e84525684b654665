//! One answer of a list.

use crate::error::Error;

/// One answer of a list: its rows, and what it says about the rest.
#[derive(Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// What the rows say. A row that cannot be read is an error among the others; of more than a thousand such rows, the
    /// rest is one error at the end.
    pub items: Vec<Result<T, Error>>,
    /// How many rows there were. One row may make several items, or none.
    pub rows: u64,
    /// How long the answer was, in bytes. The rows that are kept keep all of it.
    pub bytes: usize,
    /// How many rows the whole list has, where the answer says so.
    pub total: Option<u64>,
    /// What the answer says of more.
    pub next: Next,
}

impl<T> Page<T> {
    /// A page that says nothing of others, of an answer without a length.
    #[must_use]
    pub fn new(items: Vec<Result<T, Error>>) -> Self {
        Self { rows: items.len() as u64, items, bytes: 0, total: None, next: Next::Unsaid }
    }
}

/// What an answer says of more rows after its own.
///
/// No page of Persium's shows how lists go on (page numbers of stations aside), so what is common elsewhere is
/// understood, and what is not understood is told apart from silence.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Next {
    /// Nothing.
    #[default]
    Unsaid,
    /// That there is none.
    Last,
    /// That there is more, and not where.
    More,
    /// That it is on this page.
    Page(u32),
    /// That it is to be had for this cursor.
    Cursor(String),
    /// That it is behind a link with this query. The rest of the link is not followed.
    Query(String),
    /// That there is more, in a form this version does not know. The text is how it begins.
    Unknown(String),
}

impl Next {
    /// Whether it says that there is more.
    #[must_use]
    pub fn says_more(&self) -> bool {
        !matches!(self, Self::Unsaid | Self::Last)
    }
}

/// The rows of the last page that could not be read. They have no keys: that a page repeats those of the page before it
/// is seen by the words of their errors.
#[derive(Default)]
pub(super) struct Unreadable(Vec<String>);

impl Unreadable {
    /// Whether a page with these errors has rows that cannot be read, and others than the page before it had.
    pub(super) fn are_new<'a>(&mut self, errors: impl Iterator<Item = &'a Error>) -> bool {
        let before = std::mem::replace(&mut self.0, errors.map(ToString::to_string).collect());
        !self.0.is_empty() && self.0 != before
    }
}
