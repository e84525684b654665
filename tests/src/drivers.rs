//! The adapters under test.

mod hyper;

pub use hyper::Hyper;
