//! `GET /me`.

use bytes::Bytes;

use super::answer;
use super::request::get;
use crate::error::Error;
use crate::model;
use crate::operation::Operation;
use crate::wire::Response;

/// Who the client is: `GET /me`. The cheapest call that proves credentials and token good.
#[derive(Clone, Copy, Debug, Default)]
pub struct Me;

impl Operation for Me {
    type Output = model::Me;

    fn request(&self) -> http::Request<Bytes> {
        get("/me".to_owned())
    }

    fn decode(&self, response: &Response) -> Result<model::Me, Error> {
        answer::object(response)
    }
}
