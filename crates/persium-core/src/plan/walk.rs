//! A plan on its way.

use std::fmt;

use super::{Plan, Progress};
use crate::error::Error;
use crate::operation::Operation;

/// What to do next for a walk.
#[derive(Debug)]
#[must_use = "a stride is an instruction"]
pub enum Stride<O, T> {
    /// Run it, then report with [`Walk::handle_outcome`].
    Run(O),
    /// Yield it.
    Item(Result<T, Error>),
    /// Nothing more; after an error, nothing before [`Walk::resume`].
    End,
}

/// A plan on its way: keeps what is still to be yielded, and halts where an operation failed.
///
/// An item that is an error (a row that could not be read) halts nothing. Dropping a walk leaves nothing to undo.
pub struct Walk<P: Plan> {
    plan: P,
    items: std::vec::IntoIter<Result<P::Item, Error>>,
    halted: bool,
}

impl<P: Plan> Walk<P> {
    /// At the start of a plan.
    #[must_use]
    pub fn new(plan: P) -> Self {
        Self { plan, items: Vec::new().into_iter(), halted: false }
    }

    /// The next stride. Asked again before the outcome is reported, [`Stride::Run`] is the same again.
    pub fn poll(&mut self) -> Stride<P::Operation, P::Item> {
        if let Some(item) = self.items.next() {
            return Stride::Item(item);
        }
        if self.halted {
            return Stride::End;
        }
        if let Some(operation) = self.plan.next_operation() {
            return Stride::Run(operation);
        }
        self.plan.shortfall().map_or(Stride::End, |error| Stride::Item(Err(error)))
    }

    /// Takes the outcome of the operation that was to be run. After an error the walk yields it and halts.
    pub fn handle_outcome(&mut self, outcome: Result<<P::Operation as Operation>::Output, Error>) {
        self.halted = outcome.is_err();
        self.items = self.plan.accept(outcome).into_iter();
    }

    /// Goes on after an error, with the operation that failed. Does nothing to a walk that has not halted.
    pub fn resume(&mut self) {
        self.halted = false;
    }

    /// How far it came.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.plan.progress()
    }
}

impl<P: Plan + fmt::Debug> fmt::Debug for Walk<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, items, halted } = self;
        f.debug_struct("Walk")
            .field("plan", plan)
            .field("to_yield", &items.len())
            .field("halted", halted)
            .finish()
    }
}
