//! HTTP/2, for clients that negotiated it: hyper frames, the same logic answers.
//!
//! Faults of the wire are faults of HTTP/1.1's bytes. Here they all come as a stream that is reset.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
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
) -> Result<http::Response<Full<Bytes>>, Broken> {
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
    let (handled, way) = shared.handle(&Request { method, target, headers, body, is_tls: true, peer });
    shared.delay(handled.delay).await;
    drop(way);
    match handled.wire {
        Wire::Whole => response(&handled.reply).map_err(|_: Infallible| Broken),
        Wire::Drip { pause, .. } | Wire::Pause { pause, .. } => {
            shared.delay(pause).await;
            response(&handled.reply).map_err(|_: Infallible| Broken)
        }
        _ => Err(Broken),
    }
}

fn response(reply: &Reply) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let mut response = http::Response::new(Full::new(Bytes::from(reply.body.clone())));
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) =
            (http::HeaderName::try_from(&**name), http::HeaderValue::try_from(&**value))
        {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}
