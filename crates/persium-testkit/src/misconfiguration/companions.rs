//! What a mistake needs beside the kit: a proxy, a deaf port, files of a moment.

use std::any::Any;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpSocket;

use crate::serve::Address;

/// A proxy that has one answer for everybody.
pub(super) struct Proxy {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    pub(super) fn start(refusal: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on the loopback");
        let address = listener.local_addr().expect("a socket that listens has an address");
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Acquire) {
                    return;
                }
                // A peer that has gone needs no answer.
                let _ = stream.and_then(|stream| refuse(stream, refusal));
            }
        });
        Self { address, is_over, thread: Some(thread) }
    }

    pub(super) fn authority(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // It waits in `accept`: a last connection lets it see that it is over.
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

fn refuse(mut stream: TcpStream, refusal: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16_384 && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    write!(stream, "{refusal}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// A port that nothing listens on: one that was free a moment ago, and that nobody else is given.
pub(super) fn closed_port() -> String {
    let listener = Address::default().listen().expect("a free port on the loopback");
    listener.local_addr().expect("a socket that listens has an address").to_string()
}

/// A port that listens and never takes anybody: its queue is full, so that the system drops what comes.
pub(super) fn deaf() -> (impl Any + Send + Sync, String) {
    let make = || -> std::io::Result<_> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = runtime.block_on(async {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            socket.listen(1)?.into_std()
        })?;
        let address = listener.local_addr()?;
        let mut queued = Vec::new();
        // A queue of one holds two, or three: until nobody else is let in.
        while queued.len() < 16 {
            match TcpStream::connect_timeout(&address, Duration::from_millis(50)) {
                Ok(stream) => queued.push(stream),
                Err(_) => break,
            }
        }
        Ok(((listener, queued), address.to_string()))
    };
    // On a thread of its own: the caller's may be a runtime's already.
    let made = thread::spawn(make).join();
    made.expect("the thread has nothing to panic over").expect("a free port on the loopback")
}

/// A folder of its own under the system's temporary one, gone when dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("persium-testkit-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap_or_else(|error| panic!("no folder at {}: {error}", path.display()));
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Whatever is left in the system's temporary folder is the system's to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}
