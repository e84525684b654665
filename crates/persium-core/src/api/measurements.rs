//! `GET /stations/{uuid}/measurements`.

use std::mem;

use bytes::Bytes;
use http::uri::InvalidUri;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::answer::{self, Form};
use super::refused::Refused;
use super::request::{timestamp, try_get, with_query};
use crate::error::Error;
use crate::model::{Measurement, Rows};
use crate::operation::Operation;
use crate::plan::{Next, Page, Windowed};
use crate::wire::Response;

/// The measurements of a station within one window: `GET /stations/{uuid}/measurements?start_time&end_time`. A longer
/// span: [`measurements`](super::measurements).
///
/// The parameters and `{"data": […]}` are known, the path and what a row looks like are assumed
/// ([`Measurement`](crate::model::Measurement)). Times are sent in UTC and whole seconds, the start rounded down and
/// the end up.
///
/// ```
/// use persium_core::{Operation, api};
/// use time::{Duration, OffsetDateTime};
/// use uuid::Uuid;
///
/// let from = OffsetDateTime::from_unix_timestamp(1_795_428_000).unwrap();
/// let operation = api::Measurements::new(Uuid::nil(), from, from + Duration::milliseconds(90_500));
/// assert_eq!(
///     operation.request().uri().query(),
///     Some("start_time=2026-11-23T10%3A00%3A00Z&end_time=2026-11-23T10%3A01%3A31Z"),
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Measurements {
    station: Uuid,
    from: OffsetDateTime,
    to: OffsetDateTime,
    rest: Rest,
}

/// Which part of the window is asked for.
#[derive(Clone, Debug)]
enum Rest {
    /// Its beginning: as much as the API gives.
    Beginning,
    /// A page, as stations have them. Assumed.
    Page(u32),
    /// What a cursor stands for. Assumed.
    Cursor(String),
    /// What a link of the API's leads to.
    Query(String),
}

impl Measurements {
    /// Asks for what was measured from `from` to `to`, both included.
    #[must_use]
    pub fn new(station: Uuid, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        Self { station, from, to, rest: Rest::Beginning }
    }

    /// The error: what the API said of the rest is longer than a URI can be, or is none.
    fn try_request(&self) -> Result<http::Request<Bytes>, InvalidUri> {
        let path = format!("/stations/{}/measurements", self.station);
        let from = timestamp(self.from);
        let is_whole = self.to.nanosecond() == 0;
        let to = timestamp(if is_whole { self.to } else { self.to.saturating_add(Duration::SECOND) });
        let window = [("start_time", from.as_str()), ("end_time", to.as_str())];
        let with = |name, value: &str| with_query(&path, &[window[0], window[1], (name, value)]);
        try_get(match &self.rest {
            Rest::Beginning => with_query(&path, &window),
            Rest::Page(page) => with("page", &page.to_string()),
            Rest::Cursor(cursor) => with("cursor", cursor),
            Rest::Query(query) => format!("{path}?{query}"),
        })
    }
}

impl Operation for Measurements {
    type Output = Page<Measurement>;

    fn request(&self) -> http::Request<Bytes> {
        self.try_request().expect("what cannot be asked for is not followed")
    }

    fn decode(&self, response: &Response) -> Result<Page<Measurement>, Error> {
        let body = response.body();
        let mut rows = Rows::new(self.station, body);
        let (mut items, mut refused, mut is_first) = (Vec::new(), Refused::default(), true);
        let page = answer::page(Form::Envelope, response, |cursor| {
            let start = cursor.at();
            let read = rows.read(cursor, |found| items.push(Ok(found)))?;
            let (length, left) = (cursor.at() - start, body.len() - cursor.at());
            match read {
                Err(error) => refused.tell(&mut items, error),
                // Rows are alike: room for all of them now, or a day of them is moved each time the room doubles.
                Ok(()) if mem::take(&mut is_first) => items.reserve(left / length * items.len()),
                Ok(()) => {}
            }
            Ok(())
        })?;
        refused.finish(&mut items);
        Ok(Page { items, ..page })
    }
}

impl Windowed for Measurements {
    fn within(&self, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        Self::new(self.station, from, to)
    }

    fn following(&self, number: u32, next: &Next) -> Option<Self> {
        let rest = match next {
            Next::More => Rest::Page(number + 1),
            Next::Page(number) => Rest::Page(*number),
            Next::Cursor(cursor) => Rest::Cursor(cursor.clone()),
            Next::Query(query) => Rest::Query(query.clone()),
            Next::Unsaid | Next::Last | Next::Unknown(_) => return None,
        };
        let following = Self { rest, ..self.clone() };
        following.try_request().is_ok().then_some(following)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What `next` beside an empty page is followed by.
    fn following(siblings: serde_json::Value) -> Option<Measurements> {
        let operation =
            Measurements::new(Uuid::nil(), OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH);
        let mut body = siblings;
        body["data"] = json!([]);
        let page = operation.decode(&http::Response::new(body.to_string().into())).unwrap();
        assert!(page.next.says_more());
        operation.following(1, &page.next)
    }

    #[test]
    fn a_place_that_no_request_can_hold_is_not_asked_for() {
        for length in 65_300..65_600 {
            let next = format!("?page={}", "a".repeat(length - 6));
            let asked = following(json!({ "next": next })).map(|asked| asked.request());
            assert_eq!(asked.is_some(), length + Uuid::nil().to_string().len() + 23 <= 65_534, "{length}");
        }
        // Encoded, each of these is three characters.
        for length in [21_000, 21_846, 66_000, 1 << 20] {
            let asked = following(json!({ "next_cursor": "/".repeat(length) }));
            assert_eq!(asked.map(|asked| asked.request()).is_some(), length == 21_000, "{length}");
        }
        let unfit = Measurements::new(Uuid::nil(), OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH);
        assert!(unfit.following(1, &Next::Query("a b".to_owned())).is_none());
    }
}
