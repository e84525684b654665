//! An API of one answer, and its token endpoint, on a thread of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::sources::small_runtime;

/// What the API answers.
pub const BODY: [u8; 1024] = [b'x'; 1024];

/// How it is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    Http1,
    /// Within TLS: nobody speaks it without.
    Http2,
}

/// Runs until the process ends.
pub struct Server {
    address: SocketAddr,
    /// What it shows, where it has TLS.
    pub certificate: Option<Certificate>,
}

pub struct Certificate {
    pub der: CertificateDer<'static>,
    pub pem: String,
}

impl Server {
    #[must_use]
    pub fn start(protocol: Protocol) -> Self {
        let (certificate, acceptor) = match protocol {
            Protocol::Http1 => (None, None),
            Protocol::Http2 => {
                let (certificate, acceptor) = tls();
                (Some(certificate), Some(acceptor))
            }
        };
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            small_runtime().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                tell.send(listener.local_addr().expect("it is bound")).expect("somebody waits");
                loop {
                    let Ok((stream, _)) = listener.accept().await else { continue };
                    let _ = stream.set_nodelay(true);
                    tokio::spawn(serve(stream, acceptor.clone()));
                }
            });
        });
        Self { address: told.recv().expect("it listens"), certificate }
    }

    /// Of the API; its token endpoint takes every POST.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.address.port())
    }
}

async fn serve(stream: TcpStream, acceptor: Option<TlsAcceptor>) {
    let builder = auto::Builder::new(TokioExecutor::new());
    let service = service_fn(answer);
    let _ = match acceptor {
        None => builder.serve_connection(TokioIo::new(stream), service).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => builder.serve_connection(TokioIo::new(stream), service).await,
            Err(_) => return,
        },
    };
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = match *request.method() {
        Method::POST => {
            let token = "x".repeat(1024);
            Bytes::from(format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600}}"#))
        }
        _ => Bytes::from_static(&BODY),
    };
    Ok(Response::new(Full::new(body)))
}

fn tls() -> (Certificate, TlsAcceptor) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let der = own.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("ring has them").with_no_client_auth();
    let mut config = config.with_single_cert(vec![der.clone()], key.into()).expect("its own key");
    config.alpn_protocols = vec![b"h2".to_vec()];
    (Certificate { pem: own.cert.pem(), der }, TlsAcceptor::from(Arc::new(config)))
}
