//! HTTP/2, for clients that negotiated it: hyper frames, the same logic answers.
//!
//! Faults of the wire are faults of HTTP/1.1's bytes. Here they come as a stream that is reset: after the head where they
//! are about the body, else before it.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::fault::Wire;
use crate::message::{Reply, Request};
use crate::shared::Shared;

/// What resets a stream.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault that was asked for")
    }
}

impl std::error::Error for Broken {}

pub(super) async fn serve(shared: Arc<Shared>, stream: TlsStream<TcpStream>, peer: IpAddr) -> io::Result<()> {
    let service = service_fn(move |request| answer(Arc::clone(&shared), request, peer));
    let connection =
        http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service);
    connection.await.map_err(io::Error::other)
}

async fn answer(
    shared: Arc<Shared>,
    request: http::Request<Incoming>,
    peer: IpAddr,
) -> Result<http::Response<Body>, Broken> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes().to_vec();
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let mut headers: Vec<_> = parts.headers.iter().map(header).collect();
    if let Some(authority) = parts.uri.authority() {
        headers.push(("host".into(), authority.to_string()));
    }
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let method = parts.method.to_string();
    let (handled, way) =
        shared.handle(&Request { method, target, headers, body, is_http_1_0: false, is_tls: true, peer });
    shared.delay(handled.delay).await;
    // What becomes of the frames is for the connection to know.
    let _ = way.got_out();
    let reply = &handled.reply;
    let whole = Bytes::from(reply.body.clone());
    let body = match handled.wire {
        Wire::Whole => Body::whole(whole),
        Wire::Drip { size, pause } => {
            let chunks = whole.chunks(size).map(Bytes::copy_from_slice).collect();
            Body { chunks, end: Ok(()), pause: Some((shared, pause)), pausing: None }
        }
        Wire::Pause { pause, .. } => {
            shared.delay(pause).await;
            Body::whole(whole)
        }
        Wire::CutBody { at, .. } => Body::cut(whole.slice(..at.min(whole.len()))),
        Wire::BadChunk | Wire::CutChunks => Body::cut(whole.slice(..whole.len() / 2)),
        _ => return Err(Broken),
    };
    Ok(response(reply, body))
}

/// A body in chunks, and its end: a good one, or a reset.
struct Body {
    chunks: VecDeque<Bytes>,
    end: Result<(), Broken>,
    /// How long before each chunk but the first, by whose clock.
    pause: Option<(Arc<Shared>, Duration)>,
    pausing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Body {
    fn whole(body: Bytes) -> Self {
        Self { chunks: VecDeque::from([body]), end: Ok(()), pause: None, pausing: None }
    }

    fn cut(body: Bytes) -> Self {
        Self { end: Err(Broken), ..Self::whole(body) }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(pausing) = &mut self.pausing {
            ready!(pausing.as_mut().poll(context));
            self.pausing = None;
        }
        let Some(chunk) = self.chunks.pop_front() else {
            return Poll::Ready(mem::replace(&mut self.end, Ok(())).err().map(Err));
        };
        if let Some((shared, pause)) = &self.pause {
            let (shared, pause) = (Arc::clone(shared), *pause);
            self.pausing = Some(Box::pin(async move { shared.delay(pause).await }));
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }
}

fn response(reply: &Reply, body: Body) -> http::Response<Body> {
    let mut response = http::Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) =
            (http::HeaderName::try_from(&**name), http::HeaderValue::try_from(&**value))
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}
