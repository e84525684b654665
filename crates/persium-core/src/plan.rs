//! Walks: which operations to run, one after another, to get all of something.
//!
//! A [`Plan`] decides, a [`Walk`] keeps it going, an adapter runs what the walk says. The plans of the API are made by
//! [`api::stations`](crate::api::stations) and [`api::measurements`](crate::api::measurements). Driving one, whole:
//!
//! ```
//! use persium_core::{Limits, api, plan::{Stride, Walk}};
//! # use persium_core::{Error, Operation};
//! # fn run<O: Operation>(operation: O) -> Result<O::Output, Error> {
//! #     operation.decode(&http::Response::new(r#"{"data":[]}"#.into()))
//! # }
//!
//! let mut walk = Walk::new(api::stations(&Limits::default()));
//! let mut stations = Vec::new();
//! loop {
//!     match walk.poll() {
//!         Stride::Run(operation) => walk.handle_outcome(run(operation)),
//!         Stride::Item(station) => stations.push(station?),
//!         Stride::End => break,
//!     }
//! }
//! assert!(stations.is_empty());
//! # Ok::<(), persium_core::Error>(())
//! ```

mod page;
mod pages;
mod walk;
mod windows;

pub use page::{Next, Page};
pub use pages::{Paged, Pages};
pub use walk::{Stride, Walk};
pub use windows::{Windowed, Windows};

use crate::error::Error;
use crate::operation::Operation;

/// Which operations to run, one after another, and what to make of their outcomes.
///
/// It is driven by a [`Walk`], which keeps what it yields and stops at errors.
pub trait Plan {
    /// What is run at each step.
    type Operation: Operation;
    /// What the walk yields.
    type Item;

    /// The operation to run next; the same again until [`accept`](Self::accept) was given a success. `None`: no more.
    fn next_operation(&self) -> Option<Self::Operation>;

    /// Takes the outcome of [`next_operation`](Self::next_operation) and returns what to yield.
    ///
    /// An error is passed on, and leaves the plan where it was. Errors beside a success (a row that cannot be read)
    /// are items like others.
    fn accept(
        &mut self,
        outcome: Result<<Self::Operation as Operation>::Output, Error>,
    ) -> Vec<Result<Self::Item, Error>>;

    /// Why there is no operation although there should be one: a limit was reached, or what was asked cannot be.
    /// Asked when there is none; told once.
    fn shortfall(&mut self) -> Option<Error> {
        None
    }

    /// How far it came.
    fn progress(&self) -> Progress {
        Progress::default()
    }
}

/// How far a walk came, in the unit of its plan.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// How much there is in all, where that is known. A hint: the walk may end before or after it.
    pub total: Option<u64>,
}

impl Progress {
    /// So much done, of so much.
    #[must_use]
    pub fn new(done: u64, total: Option<u64>) -> Self {
        Self { done, total }
    }
}
