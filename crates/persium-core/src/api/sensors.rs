//! `GET /stations/{uuid}/sensors`.

use bytes::Bytes;
use uuid::Uuid;

use super::answer::{self, Form};
use super::request::get;
use crate::error::Error;
use crate::model::Sensor;
use crate::operation::Operation;
use crate::plan::Next;
use crate::wire::Response;

/// The sensors of a station: `GET /stations/{uuid}/sensors`. Path and answer are assumed, and that a station's sensors
/// fit one answer: one that says there is more is an error, never cut short.
#[derive(Clone, Copy, Debug)]
pub struct Sensors {
    station: Uuid,
}

impl Sensors {
    /// Asks for a station's sensors.
    #[must_use]
    pub fn new(station: Uuid) -> Self {
        Self { station }
    }
}

impl Operation for Sensors {
    type Output = Vec<Sensor>;

    fn request(&self) -> http::Request<Bytes> {
        get(format!("/stations/{}/sensors", self.station))
    }

    fn decode(&self, response: &Response) -> Result<Vec<Sensor>, Error> {
        let page = answer::objects(Form::EnvelopeOrList, response)?;
        let is_short = page.next == Next::Unsaid && page.total.is_some_and(|total| page.rows < total);
        if is_short || page.next.says_more() {
            let rows = page.rows;
            return Err(Error::decode(format!(
                "expected all sensors of the station, got {rows} and the word that there is more"
            )));
        }
        page.items.into_iter().collect()
    }
}
