//! The list of stations, a station, its sensors.

use serde::Serialize;
use uuid::Uuid;

use super::answer::{self, Data};
use super::{Api, time};
use crate::form::Form;
use crate::message::Reply;
use crate::seed;
use crate::world::{Behaviour, PARAMETERS, Pagination, Station};

/// Stations a page where the query does not say, and at most.
const PER_PAGE: usize = 20;
const PER_PAGE_MAX: usize = 100;

#[derive(Serialize)]
struct StationBody<'a> {
    uuid: Uuid,
    name: &'a str,
    latitude: f64,
    longitude: f64,
    status: &'static str,
    last_updated: Option<String>,
    daqi: Index,
    caqi: Index,
    usaqi: Index,
    /// A field that nobody documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    indoor: Option<bool>,
}

/// An air quality index; the key is spelled `base_on`.
#[derive(Serialize)]
struct Index {
    value: Option<f64>,
    base_on: Option<&'static str>,
}

#[derive(Serialize)]
struct Page<T> {
    data: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
}

#[derive(Serialize)]
struct Meta {
    page: usize,
    per_page: usize,
    total: usize,
    total_pages: usize,
}

#[derive(Serialize)]
struct Sensor {
    uuid: Uuid,
    parameter: &'static str,
    unit: &'static str,
    status: &'static str,
}

impl Api<'_> {
    pub(super) fn stations(&self, query: &Form) -> Reply {
        let number = |key, default| match query.value(key) {
            None => Ok(default),
            Some(text) => text.parse::<usize>().ok().filter(|number| *number > 0).ok_or(key),
        };
        let (page, per_page) = match (number("page", 1), number("per_page", PER_PAGE)) {
            (Ok(page), Ok(per_page)) => (page, per_page.min(PER_PAGE_MAX)),
            (Err(key), _) | (_, Err(key)) => return answer::error(400, &format!("invalid {key}")),
        };
        let stations = self.organisation.stations();
        let meta =
            Meta { page, per_page, total: stations.len(), total_pages: stations.len().div_ceil(per_page) };
        let rows = stations.iter().skip((page - 1).saturating_mul(per_page)).take(per_page);
        answer::json(&Page {
            data: rows.map(|station| self.body(station)).collect(),
            meta: (self.world.pagination == Pagination::Totals).then_some(meta),
        })
    }

    pub(super) fn station(&self, station: &Station) -> Reply {
        answer::json(&self.body(station))
    }

    pub(super) fn sensors(&self, station: &Station) -> Reply {
        let sensors = PARAMETERS.iter().zip(0..).map(|(parameter, number)| Sensor {
            uuid: seed::uuid(seed::of_text(&station.uuid().to_string()), &[number]),
            parameter: parameter.code,
            unit: parameter.unit,
            status: status(station),
        });
        answer::json(&Data { data: sensors.collect::<Vec<_>>() })
    }

    fn body<'a>(&self, station: &'a Station) -> StationBody<'a> {
        let latest = station.latest_of("PM25", self.world.seed, self.now, self.started);
        let fine = latest.filter(|_| status(station) == "online").and_then(|(_, value)| value);
        let (latitude, longitude) = station.position();
        StationBody {
            uuid: station.uuid(),
            name: station.name(),
            latitude,
            longitude,
            status: status(station),
            last_updated: latest.map(|(at, _)| time::format(at)),
            daqi: Index::of(fine, &[11.0, 23.0, 35.0, 41.0, 47.0, 53.0, 58.0, 64.0, 70.0], 1.0),
            caqi: Index::of(fine, &[15.0, 30.0, 55.0, 110.0], 25.0),
            usaqi: Index::of(fine, &[9.0, 35.4, 55.4, 125.4, 225.4], 50.0),
            indoor: self.world.has_unknown_fields.then_some(false),
        }
    }
}

impl Index {
    /// The band that a concentration falls in, times what a band counts for: near the real ones, and no more.
    fn of(value: Option<f64>, bands: &[f64], weight: f64) -> Self {
        let band = value.map(|value| 1 + bands.iter().filter(|bound| **bound < value).count());
        Self { value: band.map(|band| band as f64 * weight), base_on: band.map(|_| "PM25") }
    }
}

fn status(station: &Station) -> &'static str {
    match station.behaves() {
        Behaviour::Offline(_) | Behaviour::Silent => "offline",
        Behaviour::Steady | Behaviour::Gappy | Behaviour::FallsSilent(_) => "online",
    }
}
