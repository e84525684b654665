//! Operations made of others.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Version};

use super::Operation;
use crate::error::Error;
use crate::wire::Response;

/// An operation with headers added to its request: see [`Operation::with_headers`].
#[derive(Clone, Debug)]
pub struct WithHeaders<O> {
    operation: O,
    headers: HeaderMap,
}

impl<O> WithHeaders<O> {
    pub(super) fn new(operation: O, headers: HeaderMap) -> Self {
        Self { operation, headers }
    }
}

impl<O: Operation> Operation for WithHeaders<O> {
    type Output = O::Output;

    fn request(&self) -> Request<Bytes> {
        let mut request = self.operation.request();
        request.headers_mut().extend(self.headers.clone());
        request
    }

    fn decode(&self, response: &Response) -> Result<Self::Output, Error> {
        self.operation.decode(response)
    }
}

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
    use http::HeaderValue;

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
    fn headers_are_added_and_the_responses_are_kept() {
        let mut headers = HeaderMap::new();
        headers.insert("x-trace", HeaderValue::from_static("7"));
        let operation = Length.with_headers(headers).with_response();
        assert_eq!(operation.request().headers()["x-trace"], "7");
        let response =
            http::Response::builder().header("X-Request-Id", "r1").body(Bytes::from_static(b"four")).unwrap();
        let answered = operation.decode(&response).unwrap();
        assert_eq!((answered.value, answered.request_id()), (4, Some("r1")));
    }
}
