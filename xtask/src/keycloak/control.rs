//! The lever by which a test stops Keycloak and starts it again.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow};

use super::distribution::Home;
use super::server::Server;
use crate::log::Log;

/// Does to a server what a line on a socket says: `stop`, or `start`, which is answered once it is ready. The answer is `done`,
/// or what went wrong. Dropping it drops the server.
#[derive(Debug)]
pub(crate) struct Control {
    address: SocketAddr,
    /// Locked for as long as the server may run.
    home: Home,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Control {
    /// Hands a server over.
    pub(crate) fn of(server: Server, home: Home, log: Log) -> Result<Self> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port on loopback")?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                let mut server = server;
                for stream in listener.incoming().flatten() {
                    if is_over.load(Ordering::Acquire) {
                        break;
                    }
                    // Whoever asks and goes away has asked all the same.
                    let _ = answer(&stream, &mut server, &log);
                }
            }
        });
        Ok(Self { address, home, is_over, thread: Some(thread) })
    }

    /// What the server was started from.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // The thread waits for a connection: this is the last one.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(mut stream: &TcpStream, server: &mut Server, log: &Log) -> Result<()> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let outcome = match line.trim_end() {
        "stop" => {
            server.stop();
            Ok(())
        }
        "start" => server.resume(log).and_then(|()| server.wait_until_ready(log)),
        other => Err(anyhow!("there is no command `{other}`")),
    };
    match outcome {
        Ok(()) => writeln!(stream, "done")?,
        Err(error) => writeln!(stream, "{error:#}")?,
    }
    Ok(())
}
