//! A station, and how it is doing.

use std::fmt;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;

use super::fields::{Field, Fields, Object, Taken, Writer, through_a_map};
use super::index::AirQualityIndex;

/// A place where air quality is measured. Every field is documented by Persium; more may follow, and are kept.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Station {
    /// What identifies it.
    pub uuid: Uuid,
    /// What people call it.
    pub name: Option<String>,
    /// Degrees north of the equator.
    pub latitude: Option<f64>,
    /// Degrees east of Greenwich.
    pub longitude: Option<f64>,
    /// How it is doing.
    pub status: Option<StationStatus>,
    /// When it last reported, in UTC.
    pub last_updated: Option<OffsetDateTime>,
    /// The United Kingdom's Daily Air Quality Index.
    pub daqi: Option<AirQualityIndex>,
    /// The European Common Air Quality Index.
    pub caqi: Option<AirQualityIndex>,
    /// The United States' Air Quality Index.
    pub usaqi: Option<AirQualityIndex>,
    /// Everything else, and what the fields above do not express. Wins over them when serialised.
    pub extra: Map<String, Value>,
}

through_a_map!(Station);

impl Object for Station {
    const EXPECTED: &'static str = "a station, an object with a uuid";

    fn from_fields(mut fields: Fields) -> Option<Self> {
        Some(Self {
            uuid: fields.take("uuid")?,
            name: fields.take("name"),
            latitude: fields.take("latitude"),
            longitude: fields.take("longitude"),
            status: fields.take("status"),
            last_updated: fields.take("last_updated"),
            daqi: fields.take("daqi"),
            caqi: fields.take("caqi"),
            usaqi: fields.take("usaqi"),
            extra: fields.rest(),
        })
    }

    fn to_map(&self) -> Map<String, Value> {
        Writer::over(&self.extra)
            .put("uuid", Some(&self.uuid))
            .put("name", self.name.as_ref())
            .put("latitude", self.latitude.as_ref())
            .put("longitude", self.longitude.as_ref())
            .put("status", self.status.as_ref())
            .put("last_updated", self.last_updated.as_ref())
            .put("daqi", self.daqi.as_ref())
            .put("caqi", self.caqi.as_ref())
            .put("usaqi", self.usaqi.as_ref())
            .finish()
    }
}

/// How a station is doing, in the API's words. Persium documents "online"; "offline" and "stale" are assumed from
/// older code, and any other word is kept.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StationStatus {
    /// It reports.
    Online,
    /// It does not.
    Offline,
    /// Its last report is old.
    Stale,
    /// A word that this version does not know.
    Other(String),
}

impl StationStatus {
    /// The API's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Stale => "stale",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for StationStatus {
    fn from(word: &str) -> Self {
        match word {
            "online" => Self::Online,
            "offline" => Self::Offline,
            "stale" => Self::Stale,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for StationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Field for StationStatus {
    fn read(value: Value) -> Taken<Self> {
        match &value {
            Value::String(word) => Taken::Whole(Self::from(word.as_str())),
            _ => Taken::Not(value),
        }
    }

    fn write(&self) -> Value {
        Value::from(self.as_str())
    }
}
