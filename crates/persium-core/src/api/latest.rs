//! `GET /stations/{uuid}/measurements/latest`.

use bytes::Bytes;
use uuid::Uuid;

use super::answer::{self, Form};
use super::request::get;
use crate::error::Error;
use crate::model::{Reading, Rows};
use crate::operation::Operation;
use crate::plan::Page;
use crate::wire::Response;

/// The latest reading of a station: `GET /stations/{uuid}/measurements/latest`. The end of the path is known, the rest
/// is assumed, and so is what "nothing" looks like: 204, or `null`, `{}` or `[]`, alone or under `data`.
#[derive(Clone, Copy, Debug)]
pub struct Latest {
    station: Uuid,
}

impl Latest {
    /// Asks for a station's latest reading.
    #[must_use]
    pub fn new(station: Uuid) -> Self {
        Self { station }
    }
}

impl Operation for Latest {
    /// `None`: the station has told nothing yet.
    type Output = Option<Reading>;

    fn request(&self) -> http::Request<Bytes> {
        get(format!("/stations/{}/measurements/latest", self.station))
    }

    fn decode(&self, response: &Response) -> Result<Option<Reading>, Error> {
        let body = response.body();
        let mut rows = Rows::new(self.station, body);
        let mut measurements = Vec::new();
        let mut refused = Ok(());
        let _: Page<()> = answer::page(Form::Anything, response, |cursor| {
            let read = rows.read(cursor, |found| measurements.push(found))?;
            refused = std::mem::replace(&mut refused, Ok(())).and(read);
            Ok(())
        })?;
        refused.map(|()| Reading::newest(measurements))
    }
}
