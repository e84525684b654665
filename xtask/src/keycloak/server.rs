//! A running Keycloak.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::distribution::Home;
use crate::lifeline::Lifeline;
use crate::log::Log;

/// A start takes 20 to 60 seconds on two cores, the longer the more else goes on.
const READY_WITHIN: Duration = Duration::from_secs(300);
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// A server that accepts a connection and then says nothing is asked again.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A Keycloak on a loopback port. Dropping it kills it and whatever it started.
#[derive(Debug)]
pub(crate) struct Server {
    lifeline: Lifeline,
    address: SocketAddr,
}

impl Server {
    /// Starts it; it is not ready yet. What it says goes to `log`.
    pub(crate) fn start(home: &Home, log: &Log) -> Result<Self> {
        ensure!(cfg!(unix), "Keycloak is started and stopped by means that only a Unix has");
        let address = free_address()?;
        let mut keycloak = Command::new(home.script());
        keycloak.args(["start-dev", "--import-realm", "--db=dev-mem"]);
        keycloak.arg(format!("--http-host={}", address.ip())).arg(format!("--http-port={}", address.port()));
        // It lives for seconds: compiling thoroughly costs more than it brings, half of the start's time.
        keycloak.env("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1");
        let lifeline = Lifeline::start(&keycloak, log)?;
        Ok(Self { lifeline, address })
    }

    /// Waits until it serves the realm that was imported last.
    pub(crate) fn wait_until_ready(&mut self, log: &Log) -> Result<()> {
        let began = Instant::now();
        while !self.serves("/realms/persium").unwrap_or(false) {
            if let Some(status) = self.lifeline.try_wait()? {
                bail!(
                    "Keycloak ended before it was ready ({status}): is there a JDK 17 or later?\n{}",
                    log.tail()?
                );
            }
            if began.elapsed() > READY_WITHIN {
                bail!("Keycloak was not ready after {} s\n{}", READY_WITHIN.as_secs(), log.tail()?);
            }
            thread::sleep(ASKED_EVERY);
        }
        Ok(())
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn serves(&self, path: &str) -> io::Result<bool> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)?;
        let mut status = [0; "HTTP/1.1 200".len()];
        stream.read_exact(&mut status)?;
        Ok(status == *b"HTTP/1.1 200")
    }
}

/// An address nobody listens on. Somebody may take it before Keycloak does, which then says so.
fn free_address() -> Result<SocketAddr> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port on loopback")?;
    Ok(listener.local_addr()?)
}
