//! The API's operations as one, so that one call's machine runs them all.

use bytes::Bytes;

use crate::api;
use crate::error::Error;
use crate::model;
use crate::operation::Operation;
use crate::plan::Page;
use crate::wire::Response;

/// What the API is asked.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    Me,
    Stations(api::Stations),
    Station(api::Station),
    Latest(api::Latest),
    Measurements(api::Measurements),
}

/// What it told.
#[derive(Debug)]
pub(super) enum Told {
    Me(model::Me),
    Stations(Page<model::Station>),
    Station(Box<model::Station>),
    Latest(Option<model::Reading>),
    Measurements(Page<model::Measurement>),
}

impl Operation for Ask {
    type Output = Told;

    fn request(&self) -> http::Request<Bytes> {
        match self {
            Self::Me => api::Me.request(),
            Self::Stations(operation) => operation.request(),
            Self::Station(operation) => operation.request(),
            Self::Latest(operation) => operation.request(),
            Self::Measurements(operation) => operation.request(),
        }
    }

    fn decode(&self, response: &Response) -> Result<Told, Error> {
        Ok(match self {
            Self::Me => Told::Me(api::Me.decode(response)?),
            Self::Stations(operation) => Told::Stations(operation.decode(response)?),
            Self::Station(operation) => Told::Station(Box::new(operation.decode(response)?)),
            Self::Latest(operation) => Told::Latest(operation.decode(response)?),
            Self::Measurements(operation) => Told::Measurements(operation.decode(response)?),
        })
    }
}
