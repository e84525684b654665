//! Persium's side of the fake: `/api/m2m/v1`.

mod access;
mod answer;
mod demand;
mod measurements;
mod stations;
mod time;

pub(crate) use access::{Access, Denial, bearer};
pub(crate) use demand::Demand;
pub(crate) use time::{http_date, parse as parse_time, parse_http_date};

use serde::Serialize;
use uuid::Uuid;

use crate::form::Form;
use crate::message::{Reply, Request};
use crate::route::Route;
use crate::world::{Organisation, Registration, Station, World};

/// Where the API lives below its origin.
pub(crate) const BASE: &str = "/api/m2m/v1";

/// Whether a path is the API's at all.
pub(crate) fn owns(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a request to the API may see once its bearer was accepted.
pub(crate) struct Api<'a> {
    /// Seconds since the Unix epoch, by the server's clock.
    pub(crate) now: i64,
    pub(crate) started: i64,
    pub(crate) world: &'a World,
    pub(crate) client_id: &'a str,
    pub(crate) organisation: &'a Organisation,
    pub(crate) registration: &'a Registration,
}

/// The answer of `/me`.
#[derive(Serialize)]
struct Me<'a> {
    client_id: &'a str,
    organisation_uuid: Uuid,
    label: &'a str,
    all_organisations: bool,
}

impl Api<'_> {
    pub(crate) fn handle(&self, request: &Request) -> Reply {
        let route = Route::of(request.path());
        if request.method != "GET" {
            return answer::error(405, "method not allowed");
        }
        let Ok(query) = Form::parse(request.query().as_bytes()) else {
            return answer::error(400, "malformed query string");
        };
        let segment = request.path()[BASE.len()..].split('/').nth(2).unwrap_or_default();
        match route {
            Route::Me => self.me(),
            Route::Stations => self.stations(&query),
            Route::Station => self.with_station(segment, |station| self.station(station)),
            Route::Sensors => self.with_station(segment, |station| self.sensors(station)),
            Route::Measurements => self.with_station(segment, |station| self.measurements(station, &query)),
            Route::Latest => self.with_station(segment, |station| self.latest(station)),
            _ => answer::error(404, "not found"),
        }
    }

    fn me(&self) -> Reply {
        answer::json(&Me {
            client_id: self.client_id,
            organisation_uuid: self.organisation.uuid(),
            label: self.organisation.label(),
            all_organisations: self.registration.is_elevated,
        })
    }

    /// The stations of the client's organisation; of an elevated client, every one there is.
    fn stations_in_sight(&self) -> impl Iterator<Item = &Station> {
        let others = self.world.organisations.iter().filter(|_| self.registration.is_elevated);
        let others = others.filter(|other| other.uuid() != self.organisation.uuid());
        std::iter::once(self.organisation).chain(others).flat_map(Organisation::stations)
    }

    /// Another organisation's station and one that does not exist are the same answer, on purpose.
    fn with_station(&self, segment: &str, answer: impl FnOnce(&Station) -> Reply) -> Reply {
        let Ok(uuid) = Uuid::parse_str(segment) else {
            return answer::error(400, "invalid station uuid");
        };
        match self.stations_in_sight().find(|station| station.uuid() == uuid) {
            Some(station) => answer(station),
            None => answer::error(404, "station not found"),
        }
    }
}
