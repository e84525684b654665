//! Who answers nothing while a connection is being opened: each phase ends by the limit for connecting, and is named.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use persium_core::{Config, Error, Limits, Phase};
use persium_testkit::Kit;
use persium_testkit::conformance::{Driver, Setup};
use persium_tests::drivers::{Blocking, Hyper};

/// Two seconds for connecting.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.connect_timeout = Duration::from_secs(2);
    limits.token_attempts = 1;
    limits
}

/// For a client whose token endpoint is `origin`.
fn config(origin: &str, limits: Limits) -> Config {
    Config::builder()
        .token_url(format!("{origin}/token"))
        .api_base_url(origin)
        .client_id("id")
        .client_secret("not sent to anybody")
        .allow_loopback_http()
        .limits(limits)
        .build()
        .expect("these can be used")
}

/// What such a client says. Its time passes by real clocks: it is sockets that are waited for. On a machine that is slower than
/// that the phases before are over all the same, since on the loopback nobody but the kernel has a part in them.
fn stalled<D: Driver>(origin: &str, setup: Setup) -> Error {
    D::connect(config(origin, limits()), setup)
        .expect("a client")
        .bearer()
        .map(drop)
        .expect_err("nobody answers")
}

fn assert_stalled_in(phase: Phase, error: &Error) {
    assert_eq!((error.phase(), error.limit()), (Some(phase), Some("connect_timeout")), "{error}");
    assert!(error.is_timeout() && error.is_unavailable(), "{error}");
}

/// Takes connections, as the kernel does by itself, and says nothing.
fn silent() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// A port whose queue is full: the kernel drops whatever else would connect, as a firewall does.
#[cfg(target_os = "linux")]
fn unreachable() -> (Vec<std::net::TcpStream>, rustix::fd::OwnedFd, SocketAddr) {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};

    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    listen(&listener, 0).expect("it listens");
    let address = SocketAddr::try_from(getsockname(&listener).expect("it is bound")).expect("an IP address");
    let mut queued = Vec::new();
    // The first are taken into the queue at once; the one that is not shows that it is full.
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
        queued.push(stream);
    }
    (queued, listener, address)
}

#[cfg(target_os = "linux")]
fn a_connection_that_is_not_taken<D: Driver>() {
    let (_queued, _listener, address) = unreachable();
    assert_stalled_in(Phase::Connect, &stalled::<D>(&format!("http://{address}"), Setup::default()));
}

/// Connecting has more time than the request as a whole.
fn assert_hurried_in<D: Driver>(phase: Phase, origin: &str, setup: Setup) {
    let mut limits = limits();
    limits.token_timeout = limits.connect_timeout;
    limits.connect_timeout *= 10;
    let client = D::connect(config(origin, limits), setup);
    let error = client.expect("a client").bearer().map(drop).expect_err("nobody answers");
    assert_eq!((error.phase(), error.limit()), (Some(phase), Some("token_timeout")), "{error}");
}

#[cfg(target_os = "linux")]
fn a_request_without_a_connection<D: Driver>() {
    let (_queued, _listener, address) = unreachable();
    assert_hurried_in::<D>(Phase::Connect, &format!("http://{address}"), Setup::default());
}

fn a_request_in_a_handshake<D: Driver>() {
    let (kit, (_listener, address)) = (Kit::builder().tls().start(), silent());
    assert_hurried_in::<D>(Phase::Tls, &format!("https://{address}"), Setup::of(&kit));
}

fn a_request_before_a_proxy<D: Driver>() {
    let (_listener, address) = silent();
    let mut setup = Setup::default();
    setup.proxy = Some(format!("http://{address}"));
    assert_hurried_in::<D>(Phase::Proxy, "https://id.test", setup);
}

fn a_handshake_that_is_not_answered<D: Driver>() {
    let (kit, (_listener, address)) = (Kit::builder().tls().start(), silent());
    assert_stalled_in(Phase::Tls, &stalled::<D>(&format!("https://{address}"), Setup::of(&kit)));
}

fn a_proxy_that_does_not_answer<D: Driver>() {
    let (_listener, address) = silent();
    let mut setup = Setup::default();
    setup.proxy = Some(format!("http://{address}"));
    assert_stalled_in(Phase::Proxy, &stalled::<D>("https://id.test", setup));
}

/// The tunnel is open, and what is at its other end says nothing.
fn a_proxy_that_opens_a_tunnel_to_nowhere<D: Driver>() {
    let (listener, address) = silent();
    let proxy = thread::spawn(move || {
        let (mut stream, _) = listener.accept()?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        // Until the client has given up.
        std::io::copy(&mut stream, &mut std::io::sink())
    });
    let mut setup = Setup::default();
    setup.proxy = Some(format!("http://{address}"));
    assert_stalled_in(Phase::Tls, &stalled::<D>("https://id.test", setup));
    proxy.join().expect("no panic").expect("it was asked, and then left");
}

macro_rules! stalls {
    ($($driver:ident: $adapter:ident),*) => {
        $(mod $adapter {
            use super::{$driver, *};

            #[cfg(target_os = "linux")]
            #[test]
            fn a_connection_that_is_not_taken_is_told_as_connecting() {
                a_connection_that_is_not_taken::<$driver>();
            }

            #[cfg(target_os = "linux")]
            #[test]
            fn a_request_whose_time_is_up_before_it_has_a_connection_is_told_as_connecting() {
                a_request_without_a_connection::<$driver>();
            }

            #[test]
            fn a_request_whose_time_is_up_in_the_handshake_is_told_as_tls() {
                a_request_in_a_handshake::<$driver>();
            }

            #[test]
            fn a_request_whose_time_is_up_before_a_proxy_is_told_as_the_proxy() {
                a_request_before_a_proxy::<$driver>();
            }

            #[test]
            fn a_handshake_that_is_not_answered_is_told_as_tls() {
                a_handshake_that_is_not_answered::<$driver>();
            }

            #[test]
            fn a_proxy_that_does_not_answer_is_told_as_the_proxy() {
                a_proxy_that_does_not_answer::<$driver>();
            }

            #[test]
            fn a_proxy_that_opens_a_tunnel_to_nowhere_is_told_as_tls() {
                a_proxy_that_opens_a_tunnel_to_nowhere::<$driver>();
            }
        })*
    };
}

stalls!(Hyper: hyper, Blocking: blocking);

/// Where a request's whole time ends while it connects, the error cannot tell: nothing comes from that socket, so here time may go
/// from timer to timer.
#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_taken_takes_no_more_time_than_connecting_has() {
    let (_queued, _listener, address) = unreachable();
    let builder = persium_hyper::Client::builder(config(&format!("http://{address}"), limits()));
    let client = builder.no_proxy().build().expect("a client");
    let begun = tokio::time::Instant::now();
    assert_stalled_in(Phase::Connect, &client.bearer().await.expect_err("nobody answers"));
    assert_eq!(begun.elapsed().as_secs(), 2);
}
