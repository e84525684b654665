//! A proxy to tunnel through.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// A proxy on the loopback that tunnels for those with the right credentials. It lives as long as the process.
pub(super) struct Proxy {
    address: SocketAddr,
    tunnels: Arc<AtomicU64>,
}

/// `user:pass`, as RFC 7617 has it.
const CREDENTIALS: &str = "Basic dXNlcjpwYXNz";

impl Proxy {
    pub(super) fn start() -> Self {
        let tunnels = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&tunnels);
        let address = answering(move |client, head| tunnel(client, head, &counted));
        Self { address, tunnels }
    }

    /// With the right credentials.
    pub(super) fn url(&self) -> String {
        format!("http://user:pass@{}", self.address)
    }

    /// How many tunnels were opened.
    pub(super) fn tunnels(&self) -> u64 {
        self.tunnels.load(Ordering::Relaxed)
    }
}

/// A server that reads the head of a request and leaves the rest to `serve`.
pub(super) fn answering(
    serve: impl Fn(TcpStream, &str) -> io::Result<()> + Clone + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || {
                let head = head(&mut stream)?;
                serve(stream, &head)
            });
        }
    });
    address
}

pub(super) fn head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn tunnel(mut client: TcpStream, head: &str, tunnels: &AtomicU64) -> io::Result<()> {
    let target = head.split(' ').nth(1).unwrap_or_default();
    let allowed = head.lines().any(|line| {
        let field = line.split_once(": ");
        field.is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("proxy-authorization") && value == CREDENTIALS
        })
    });
    if !head.starts_with("CONNECT ") {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
    }
    if !allowed {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        return client.write_all(refusal.as_bytes());
    }
    let Ok(server) = TcpStream::connect(target) else {
        return client.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    };
    tunnels.fetch_add(1, Ordering::Relaxed);
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (from, to) = (client.try_clone()?, server.try_clone()?);
    let back = thread::spawn(move || pump(server, client));
    pump(from, to)?;
    back.join().unwrap_or(Ok(()))
}

fn pump(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    let copied = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    copied.map(drop)
}
