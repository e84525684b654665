//! `GET /stations`.

use bytes::Bytes;
use uuid::Uuid;

use super::answer::{self, Form};
use super::request::{get, with_query};
use crate::config::Limits;
use crate::error::Error;
use crate::model::Station;
use crate::operation::Operation;
use crate::plan::{Page, Paged};
use crate::wire::Response;

/// One page of the organisation's stations: `GET /stations?page&per_page`. All pages: [`stations`](super::stations).
///
/// ```
/// use persium_core::{Operation, api};
///
/// assert_eq!(api::Stations::new(2, 20).request().uri(), "/stations?page=2&per_page=20");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Stations {
    page: u32,
    per_page: u32,
}

impl Stations {
    /// Page `page`, the first being 1, of `per_page` stations. The API may give fewer on a page than it is asked for.
    #[must_use]
    pub fn new(page: u32, per_page: u32) -> Self {
        Self { page, per_page }
    }
}

/// The first page, of the default size.
impl Default for Stations {
    fn default() -> Self {
        Self::new(1, Limits::default().page_size)
    }
}

impl Operation for Stations {
    type Output = Page<Station>;

    fn request(&self) -> http::Request<Bytes> {
        let (page, per_page) = (self.page.to_string(), self.per_page.to_string());
        get(with_query("/stations", &[("page", &page), ("per_page", &per_page)]))
    }

    fn decode(&self, response: &Response) -> Result<Page<Station>, Error> {
        answer::objects(Form::Envelope, response)
    }
}

impl Paged for Stations {
    type Item = Station;
    type Key = Uuid;

    fn page(&self, number: u32) -> Self {
        Self { page: number, ..*self }
    }

    fn key(station: &Station) -> Uuid {
        station.uuid
    }
}
