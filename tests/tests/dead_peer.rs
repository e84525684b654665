//! A connection whose other end is gone without a word: HTTP/2's pings find it out.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use persium_core::{Config, Limits, Phase};
use persium_testkit::Kit;

/// A relay before a server, which can be made to swallow all that comes while its sockets stay open: a peer that is gone
/// without a word.
struct Relay {
    address: std::net::SocketAddr,
    is_dead: Arc<AtomicBool>,
}

impl Relay {
    fn start(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let is_dead = Arc::new(AtomicBool::new(false));
        let dead = Arc::clone(&is_dead);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&target).expect("the server is there");
                let (from, to) =
                    (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
                for (from, to) in [(from, to), (server, client)] {
                    let dead = Arc::clone(&dead);
                    thread::spawn(move || relay(from, to, &dead));
                }
            }
        });
        Self { address, is_dead }
    }
}

fn relay(mut from: TcpStream, mut to: TcpStream, is_dead: &AtomicBool) -> std::io::Result<()> {
    let mut bytes = [0; 16 * 1024];
    loop {
        let length = from.read(&mut bytes)?;
        if length == 0 {
            return to.shutdown(std::net::Shutdown::Write);
        }
        if !is_dead.load(Ordering::SeqCst) {
            to.write_all(&bytes[..length])?;
        }
    }
}

#[tokio::test]
async fn a_peer_that_is_gone_behind_an_open_socket_is_found_out_by_pings() {
    let kit = Kit::builder().http2().start();
    let relay = Relay::start(kit.authority().to_owned());
    let mut limits = Limits::default();
    (limits.call_attempts, limits.attempt_timeout) = (1, Duration::from_secs(50));
    let config = Config::builder()
        .token_url(kit.token_url())
        .api_base_url(kit.api_base_url().replace(kit.authority(), &relay.address.to_string()))
        .client_id(kit.client_id())
        .client_secret(kit.client_secret())
        .limits(limits)
        .build();
    let ca = kit.ca_certificate_pem().expect("it serves HTTPS").as_bytes();
    let builder = persium_hyper::Client::builder(config.expect("the kit's values"));
    let client = builder.no_proxy().ca_certificate_pem(ca).build().expect("a client");
    client.me().await.expect("an answer");

    relay.is_dead.store(true, Ordering::SeqCst);
    // From here on nothing comes from any socket, so time may go from timer to timer.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let error = client.me().await.expect_err("nobody answers");
    assert!(begun.elapsed() < Duration::from_secs(15), "by two pings' time, not by the attempt's: {error}");
    assert_eq!((error.phase(), error.limit()), (Some(Phase::Wait), None), "{error}");
    assert!(error.is_unavailable(), "{error}");
    tokio::time::resume();

    relay.is_dead.store(false, Ordering::SeqCst);
    client.me().await.expect("an answer, over another connection");
}
