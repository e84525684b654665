//! A server that has a token for everybody, and whatever it is told for everything else, without end if need be.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// What is sent in answer to a request: a beginning, and what follows over and over.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) start: Vec<u8>,
    pub(crate) again: Vec<u8>,
    /// How often. None: until the client hangs up.
    pub(crate) times: Option<usize>,
    pub(crate) end: Vec<u8>,
}

impl Answer {
    /// A whole answer.
    pub(crate) fn whole(head: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n", body.len());
        Self { start: [head.as_bytes(), body].concat(), again: Vec::new(), times: Some(0), end: Vec::new() }
    }

    /// One that never ends.
    pub(crate) fn endless(start: &str, again: &[u8]) -> Self {
        Self { start: start.into(), again: again.into(), times: None, end: Vec::new() }
    }

    fn send(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.write_all(&self.start)?;
        let mut sent = 0;
        while self.times.is_none_or(|times| sent < times) {
            stream.write_all(&self.again)?;
            sent += 1;
        }
        stream.write_all(&self.end)
    }
}

pub(crate) struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// `script` answers the request for a path and its query.
    pub(crate) fn start(script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let (script, over) = (Arc::new(script), Arc::clone(&is_over));
        let serve = move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let script = Arc::clone(&script);
                // A client that hangs up is what is waited for.
                thread::spawn(move || answer_all(stream, &*script).unwrap_or_default());
            }
        };
        Self { address, is_over, thread: Some(thread::spawn(serve)) }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        self.thread.take().map(JoinHandle::join);
    }
}

/// One connection. Bodies of requests are read up to their length.
fn answer_all(mut stream: TcpStream, script: &dyn Fn(&str) -> Answer) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let (mut path, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if path.is_empty() {
                path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line.trim().is_empty() {
                break;
            }
        }
        io::copy(&mut io::Read::take(&mut reader, length), &mut io::sink())?;
        script(&path).send(&mut stream)?;
    }
}
