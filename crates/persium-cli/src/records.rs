//! What the API tells of, as answers: which columns, in which order.

mod latest;
mod me;
mod measurement;
mod sensor;
mod station;

pub(crate) use latest::Latest;
