//! HTTPS and HTTP/2, and what may be wrong with a certificate.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use persium_testkit::{Fault, Kit, Route, TlsFault};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

async fn connect(kit: &Kit, protocol: &[u8]) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(kit.ca_certificate_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(kit.authority()).await?;
    let name = ServerName::from(stream.peer_addr()?.ip());
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[test]
fn https_is_http_under_a_certificate_of_the_kits_authority() {
    let kit = Kit::builder().tls().start();
    assert!(kit.token_url().starts_with("https://") && kit.lookup("PERSIUM_ALLOW_LOOPBACK_HTTP").is_none());
    let answer = run(async {
        let mut stream = connect(&kit, b"http/1.1").await.unwrap();
        let request =
            format!("GET /realms/persium HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", kit.authority());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    });
    let service = format!("\"token-service\":\"https://{}/realms/persium/", kit.authority());
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(&service), "{answer}");
}

#[test]
fn each_tls_fault_breaks_the_handshake_in_its_own_way_and_can_be_mended() {
    let kit = Kit::builder().tls().start();
    for (fault, text) in [
        (TlsFault::Expired, "certificate expired"),
        (TlsFault::NotYetValid, "certificate not valid yet"),
        (TlsFault::WrongHost, "certificate not valid for name"),
        (TlsFault::UnknownCa, "UnknownIssuer"),
        (TlsFault::SelfSigned, "UnknownIssuer"),
        (TlsFault::SelfSignedAuthority, "CaUsedAsEndEntity"),
        (TlsFault::Authority, "CaUsedAsEndEntity"),
        (TlsFault::HandshakeCut, "reset by peer"),
    ] {
        kit.break_tls(fault);
        let error = run(connect(&kit, b"http/1.1")).unwrap_err().to_string();
        assert!(error.contains(text), "{fault:?}: {error}");
    }
    kit.break_tls(None);
    assert!(run(connect(&kit, b"http/1.1")).is_ok());
}

#[test]
fn http2_is_spoken_where_it_was_asked_for_and_negotiated() {
    let plain = Kit::builder().tls().start();
    assert!(run(connect(&plain, b"h2")).is_err(), "it was not asked for");
    let kit = Kit::builder().http2().start();
    kit.plan(Route::Me, &Fault::delay(Duration::from_millis(1)), 1);
    kit.plan(Route::Keycloak, &Fault::reset_at(0), 1);
    run(async {
        let stream = connect(&kit, b"h2").await.unwrap();
        let io = TokioIo::new(stream);
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        let driver = tokio::spawn(connection);
        let mut get = |path: &str| {
            let uri = format!("https://{}{path}", kit.authority());
            let request = http::Request::get(uri).body(Empty::<Bytes>::new()).unwrap();
            sender.send_request(request)
        };
        let me = get("/api/m2m/v1/me").await.unwrap();
        assert_eq!((me.status().as_u16(), me.version()), (401, http::Version::HTTP_2));
        assert!(get("/realms/persium").await.is_err(), "a fault of the wire is a stream that is reset");
        let page = get("/realms/persium").await.unwrap().into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&page).contains(&format!("https://{}/", kit.authority())));
        drop(sender);
        driver.await.unwrap().unwrap();
    });
}
