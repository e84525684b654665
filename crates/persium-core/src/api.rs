//! The operations of the Persium M2M API, version 1: all of them `GET`, all of them read-only.
//!
//! | operation | path below the base | answer | known or assumed |
//! |---|---|---|---|
//! | [`Me`] | `/me` | an object | known |
//! | [`Stations`] | `/stations?page&per_page` | `{"data": […]}` | known |
//! | [`Station`] | `/stations/{uuid}` | an object, bare or under `data` | assumed |
//! | [`Sensors`] | `/stations/{uuid}/sensors` | a list, bare or under `data` | assumed |
//! | [`Measurements`] | `/stations/{uuid}/measurements?start_time&end_time` | `{"data": […]}` | path and rows assumed |
//! | [`Latest`] | `/stations/{uuid}/measurements/latest` | rows, one row, or nothing, bare or under `data` | assumed |
//!
//! Lists are walked: [`stations`] and [`measurements`] make the plans. An operation alone is one answer.
//!
//! ```
//! use bytes::Bytes;
//! use persium_core::{Operation, api};
//!
//! let operation = api::Me;
//! assert_eq!(operation.request().uri().path(), "/me");
//!
//! let response = http::Response::new(Bytes::from(r#"{"client_id":"acme-corp-backend","label":"Acme"}"#));
//! assert_eq!(operation.decode(&response)?.label.as_deref(), Some("Acme"));
//!
//! let response = http::Response::new(Bytes::from("<!doctype html><title>Sign in</title>"));
//! let error = operation.decode(&response).unwrap_err();
//! assert!(error.is_decode() && error.to_string().contains("got an HTML page: Sign in"));
//! # Ok::<(), persium_core::Error>(())
//! ```

mod answer;
mod latest;
mod me;
mod measurements;
mod paging;
mod refused;
mod request;
mod sensors;
mod station;
mod stations;

pub use latest::Latest;
pub use me::Me;
pub use measurements::Measurements;
pub use sensors::Sensors;
pub use station::Station;
pub use stations::Stations;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Limits;
use crate::plan::{Pages, Windows};

/// Walks all stations of the organisation, each once, in pages of [`Limits::page_size`].
#[must_use]
pub fn stations(limits: &Limits) -> Pages<Stations> {
    Pages::new(Stations::new(1, limits.page_size), limits)
}

/// Walks the measurements of a station from `from` to `to`, both included, in windows of [`Limits::window_chunk`],
/// each once, sorted by time within a window.
///
/// The API takes whole seconds: the start is rounded down and the end up, so that nothing asked for is cut off.
/// A start after the end makes a walk of one error.
///
/// ```
/// use persium_core::{Limits, Operation, api, plan::Plan};
/// use time::{Duration, OffsetDateTime};
/// use uuid::Uuid;
///
/// let from = OffsetDateTime::from_unix_timestamp(1_795_428_000).unwrap();
/// let week = api::measurements(Uuid::nil(), from, from + Duration::WEEK, &Limits::default());
/// assert_eq!(week.progress().total, Some(7), "a day at a time");
/// let first_day = week.next_operation().unwrap().request();
/// assert!(first_day.uri().query().unwrap().ends_with("end_time=2026-11-24T10%3A00%3A00Z"));
/// ```
#[must_use]
pub fn measurements(
    station: Uuid,
    from: OffsetDateTime,
    to: OffsetDateTime,
    limits: &Limits,
) -> Windows<Measurements> {
    Windows::new(&Measurements::new(station, from, to), from, to, limits)
}
