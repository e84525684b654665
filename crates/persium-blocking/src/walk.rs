//! Walks over pages and windows, as iterators.

use std::fmt;

use persium_core::Error;
use persium_core::plan::{self, Plan, Progress, Stride};

use crate::client::Client;

/// A walk over the items of a plan.
///
/// It ends after an error of a request, and goes on with what failed after [`resume`](Self::resume). A row that cannot
/// be read is an error among the items, and the walk goes on by itself.
#[must_use = "a walk asks for nothing until it is advanced"]
pub struct Walk<P: Plan> {
    client: Client,
    walk: plan::Walk<P>,
}

impl<P: Plan> Walk<P> {
    pub(crate) fn new(client: Client, plan: P) -> Self {
        Self { client, walk: plan::Walk::new(plan) }
    }

    /// All that is left, or the first error.
    ///
    /// # Errors
    ///
    /// That of a request, or of a row that cannot be read. The items before it are lost with it: read item by item to
    /// keep them.
    pub fn collect_all(self) -> Result<Vec<P::Item>, Error> {
        self.collect()
    }

    /// Goes on after an error, with what failed.
    pub fn resume(&mut self) {
        self.walk.resume();
    }

    /// How far it came, and how far it has to go where that is known.
    pub fn progress(&self) -> Progress {
        self.walk.progress()
    }
}

impl<P: Plan> Iterator for Walk<P> {
    type Item = Result<P::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.walk.poll() {
                Stride::Item(item) => return Some(item),
                Stride::End => return None,
                Stride::Run(operation) => self.walk.handle_outcome(self.client.call(operation)),
            }
        }
    }
}

impl<P: Plan> fmt::Debug for Walk<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").finish_non_exhaustive()
    }
}
