//! `GET /stations/{uuid}`.

use bytes::Bytes;
use uuid::Uuid;

use super::answer;
use super::request::get;
use crate::error::Error;
use crate::model;
use crate::operation::Operation;
use crate::wire::Response;

/// One station: `GET /stations/{uuid}`. The path is assumed, and whether the station stands under `data`.
///
/// A station of another organisation is answered 404, as one that does not exist: deliberately the same.
#[derive(Clone, Copy, Debug)]
pub struct Station {
    station: Uuid,
}

impl Station {
    /// Asks for one station.
    #[must_use]
    pub fn new(station: Uuid) -> Self {
        Self { station }
    }
}

impl Operation for Station {
    type Output = model::Station;

    fn request(&self) -> http::Request<Bytes> {
        get(format!("/stations/{}", self.station))
    }

    fn decode(&self, response: &Response) -> Result<model::Station, Error> {
        answer::object(response)
    }
}
