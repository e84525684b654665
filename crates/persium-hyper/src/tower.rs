//! The bearer for requests that a client of the user's own sends, as a tower layer.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::future::BoxFuture;
use http::header::{AUTHORIZATION, HOST};
use http::{Request, Response};
use persium_core::{Bearer, Error};
use tower_layer::Layer;
use tower_service::Service;

use crate::client::Client;

/// Puts the bearer on requests that an HTTP client of your own sends to the API, and sends a request once more, with a
/// fresh token, where the API refused the first (401).
///
/// It shares the token with the [`Client`] it was made from: one token request for the calls of both. A request that is
/// not for the API's origin is an error, and nothing of it is sent.
///
/// A body can be sent a second time only if all of it is at hand. `replay` says so, body by body: it gives a second one,
/// or `None` for a stream, and is asked before the first is sent.
///
/// The client below must not follow redirects: where they lead, the token must not go. Retries after other failures are
/// left to it, or to a layer around this one.
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use hyper_util::client::legacy;
/// use hyper_util::rt::TokioExecutor;
/// use persium_hyper::{BearerLayer, Client};
/// use tower_layer::Layer;
///
/// # fn layered(client: Client) {
/// let plain = legacy::Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
/// let layer = BearerLayer::new(client, |body: &Full<Bytes>| Some(body.clone()));
/// let service = layer.layer(plain); // A `tower::Service<http::Request<Full<Bytes>>>`.
/// # let _ = service;
/// # }
/// ```
#[derive(Clone)]
pub struct BearerLayer<F> {
    client: Client,
    replay: F,
}

impl<F> BearerLayer<F> {
    /// A layer with the client's token, which is waited for as long as a call of the client's may take:
    /// [`Client::within`] sets that.
    pub fn new<B>(client: Client, replay: F) -> Self
    where
        F: Fn(&B) -> Option<B>,
    {
        Self { client, replay }
    }
}

impl<S, F: Clone> Layer<S> for BearerLayer<F> {
    type Service = BearerService<S, F>;

    fn layer(&self, inner: S) -> BearerService<S, F> {
        BearerService { inner, layer: self.clone() }
    }
}

impl<F> fmt::Debug for BearerLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerLayer").field("client", &self.client).finish_non_exhaustive()
    }
}

/// A client with the bearer on its requests: see [`BearerLayer`].
#[derive(Clone, Debug)]
pub struct BearerService<S, F> {
    inner: S,
    layer: BearerLayer<F>,
}

impl<S, F, B, R> Service<Request<B>> for BearerService<S, F>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    F: Fn(&B) -> Option<B>,
    B: Send + 'static,
    R: Send,
{
    type Response = Response<R>;
    type Error = BearerError<S::Error>;
    type Future = BoxFuture<'static, Result<Response<R>, BearerError<S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(BearerError::Inner)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was polled is the one that is ready; its clone may not be.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let client = self.layer.client.clone();
        let prepared = client.config().check_origin(request.uri()).map(|()| {
            let (parts, body) = request.into_parts();
            let again = (self.layer.replay)(&body).map(|body| Request::from_parts(parts.clone(), body));
            (Request::from_parts(parts, body), again)
        });
        Box::pin(async move {
            let (first, again) = prepared.map_err(BearerError::Bearer)?;
            send(inner, &client, first, again).await
        })
    }
}

/// Sends a request, and once more where it was refused.
async fn send<S, B, R>(
    mut inner: S,
    client: &Client,
    first: Request<B>,
    again: Option<Request<B>>,
) -> Result<Response<R>, BearerError<S::Error>>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    let bearer = client.bearer().await.map_err(BearerError::Bearer)?;
    let response = inner.call(signed(first, &bearer)).await.map_err(BearerError::Inner)?;
    if !Bearer::is_refused_by(response.status()) {
        return Ok(response);
    }
    // What is left of a refusal would hold its connection.
    drop(response);
    let Some(again) = again else {
        client.refuse(&bearer);
        return Err(BearerError::Bearer(Error::sent_once()));
    };
    let bearer = client.bearer_instead_of(&bearer).await.map_err(BearerError::Bearer)?;
    poll_fn(|context| inner.poll_ready(context)).await.map_err(BearerError::Inner)?;
    // A second refusal says nothing about the token, and is the caller's to read.
    inner.call(signed(again, &bearer)).await.map_err(BearerError::Inner)
}

/// With the bearer, whatever credentials stood there; whom it is for is said by the URI alone.
fn signed<B>(mut request: Request<B>, bearer: &Arc<Bearer>) -> Request<B> {
    let headers = request.headers_mut();
    headers.remove(HOST);
    headers.insert(AUTHORIZATION, bearer.header().clone());
    request
}

/// Why a request through a [`BearerService`] has no answer.
///
/// An answer of any status, a 401 to a fresh token among them, is no error, as it is none of the client below.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BearerError<E> {
    /// No token could be had ([`Error`]'s predicates say why); or the request is not for the API's origin, and nothing
    /// was sent ([`is_bad_request`](Error::is_bad_request)); or the token was refused, and the body can be sent only
    /// once ([`is_unauthorized`](Error::is_unauthorized)).
    Bearer(Error),
    /// The client below failed.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for BearerError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer(error) => error.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

/// Shows as the error within does, so its source is that one's.
impl<E: StdError + 'static> StdError for BearerError<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Bearer(error) => error.source(),
            Self::Inner(error) => error.source(),
        }
    }
}

#[cfg(test)]
mod tests;
