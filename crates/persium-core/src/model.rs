//! What the API tells of: stations, sensors, measurements.
//!
//! Decoding is lenient and loses nothing. Only what identifies a thing is required; a field that is absent, `null` or
//! not of the type that was expected reads as `None`; and whatever the typed fields do not express stays in `extra`,
//! so that serialising gives back what came:
//!
//! ```
//! use persium_core::model::Station;
//!
//! let json = serde_json::json!({
//!     "uuid": "8d2f1a3e-1234-4c1b-9999-abcdefabcdef",
//!     "name": "High Street",
//!     "latitude": "51.5",
//!     "last_updated": null,
//!     "indoor": false,
//! });
//! let station: Station = serde_json::from_value(json.clone())?;
//! assert_eq!(station.name.as_deref(), Some("High Street"));
//! assert_eq!(station.latitude, Some(51.5), "a number in quotes is a number");
//! assert_eq!(station.last_updated, None);
//! assert_eq!(station.extra["indoor"], false);
//! assert_eq!(serde_json::to_value(&station)?, json);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! What is known of the API and what is assumed stands at each field: "assumed" means that no page of Persium's says
//! so, and that the assumption is made in this module alone.

mod cursor;
mod excerpt;
mod fields;
mod index;
mod me;
mod measurement;
mod parameter;
mod reading;
mod row;
mod sensor;
mod station;

pub use index::AirQualityIndex;
pub use me::Me;
pub use measurement::Measurement;
pub use parameter::Parameter;
pub use reading::Reading;
pub use sensor::Sensor;
pub use station::{Station, StationStatus};

pub(crate) use cursor::{Broken, Cursor};
pub(crate) use excerpt::excerpt;
pub(crate) use fields::{Object, read};
pub(crate) use row::Rows;

#[cfg(test)]
mod tests;
