//! One API operation: how to ask for it, how to read the answer.

mod wrap;

use bytes::Bytes;

pub use wrap::{Answered, WithResponse};

use crate::error::Error;
use crate::wire::Response;

/// A request as a value, and the meaning of its answer.
///
/// The operations of the API are in [`api`](crate::api). Write one of your own for an endpoint that is not there yet:
///
/// ```
/// use bytes::Bytes;
/// use persium_core::{Error, Operation, Response};
///
/// /// The raw body of any path below the API's base.
/// struct Raw(&'static str);
///
/// impl Operation for Raw {
///     type Output = Bytes;
///
///     fn request(&self) -> http::Request<Bytes> {
///         let mut request = http::Request::new(Bytes::new());
///         *request.uri_mut() = http::Uri::from_static(self.0);
///         request
///     }
///
///     fn decode(&self, response: &Response) -> Result<Bytes, Error> {
///         Ok(response.body().clone())
///     }
/// }
///
/// assert_eq!(Raw("/stations?page=2").request().uri().query(), Some("page=2"));
/// ```
pub trait Operation {
    /// What a successful response means.
    type Output;

    /// The request: path and query below the API's base, no origin, no credentials. Asked for once an attempt, and
    /// the attempt may be repeated after a fault, so the method must be one that is harmless to repeat.
    fn request(&self) -> http::Request<Bytes>;

    /// Reads a 2xx response.
    ///
    /// # Errors
    ///
    /// Where the response is not what the operation promises: see [`Error::decode`].
    fn decode(&self, response: &Response) -> Result<Self::Output, Error>;

    /// The same with the head of the response beside its output.
    fn with_response(self) -> WithResponse<Self>
    where
        Self: Sized,
    {
        WithResponse::new(self)
    }
}
