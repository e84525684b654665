//! Operations made of others.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Version};

use super::Operation;
use crate::error::Error;
use crate::wire::Response;

/// An operation that keeps the head of its response beside the value: see [`Operation::with_response`].
#[derive(Clone, Debug)]
pub struct WithResponse<O>(O);

impl<O> WithResponse<O> {
    pub(super) fn new(operation: O) -> Self {
        Self(operation)
    }
}

/// A value and the head of the response it came in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answered<T> {
    /// What the operation gives.
    pub value: T,
    /// The response's status.
    pub status: StatusCode,
    /// The HTTP version it came by.
    pub version: Version,
    /// The response's headers.
    pub headers: HeaderMap,
}

impl<T> Answered<T> {
    /// The `x-request-id`, for Persium's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }
}

impl<O: Operation> Operation for WithResponse<O> {
    type Output = Answered<O::Output>;

    fn request(&self) -> Request<Bytes> {
        self.0.request()
    }

    fn decode(&self, response: &Response) -> Result<Self::Output, Error> {
        let value = self.0.decode(response)?;
        let (status, version) = (response.status(), response.version());
        Ok(Answered { value, status, version, headers: response.headers().clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Length;

    impl Operation for Length {
        type Output = usize;

        fn request(&self) -> Request<Bytes> {
            Request::new(Bytes::new())
        }

        fn decode(&self, response: &Response) -> Result<usize, Error> {
            Ok(response.body().len())
        }
    }

    #[test]
    fn the_head_of_the_response_is_kept() {
        let operation = Length.with_response();
        let response =
            http::Response::builder().header("X-Request-Id", "r1").body(Bytes::from_static(b"four")).unwrap();
        let answered = operation.decode(&response).unwrap();
        assert_eq!((answered.value, answered.request_id()), (4, Some("r1")));
    }
}
