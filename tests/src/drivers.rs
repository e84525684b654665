//! The adapters under test.

mod blocking;
mod hyper;

pub use blocking::Blocking;
pub use hyper::Hyper;
