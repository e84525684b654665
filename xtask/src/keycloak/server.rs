//! A running Keycloak.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::authority;
use super::distribution::Home;
use crate::lifeline::Lifeline;
use crate::log::Log;

/// A start takes 20 to 60 seconds on two cores, the longer the more else goes on.
const READY_WITHIN: Duration = Duration::from_secs(300);
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// A server that accepts a connection and then says nothing is asked again.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A Keycloak on two loopback ports, one plain and one with TLS. Dropping it kills it and whatever it started.
#[derive(Debug)]
pub(crate) struct Server {
    command: Command,
    plain: SocketAddr,
    tls: SocketAddr,
    /// Nothing while it is stopped.
    running: Option<Lifeline>,
}

impl Server {
    /// Starts it; it is not ready yet. What it says goes to `log`.
    pub(crate) fn start(home: &Home, log: &Log) -> Result<Self> {
        ensure!(cfg!(unix), "Keycloak is started and stopped by means that only a Unix has");
        let (plain, tls) = (free_address()?, free_address()?);
        let certificate = authority::certify(&home.tls())?;
        let mut command = Command::new(home.script());
        // Its database is a file, so that a restart finds the keys and the realms of before.
        command.args(["start-dev", "--import-realm", "--db=dev-file"]);
        command.arg(format!("--http-host={}", plain.ip()));
        command.arg(format!("--http-port={}", plain.port())).arg(format!("--https-port={}", tls.port()));
        command.arg(format!("--https-certificate-file={}", certificate.chain.display()));
        command.arg(format!("--https-certificate-key-file={}", certificate.key.display()));
        // It lives for seconds: compiling thoroughly costs more than it brings, half of the start's time.
        command.env("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1");
        let mut server = Self { command, plain, tls, running: None };
        server.resume(log)?;
        Ok(server)
    }

    /// Kills it as it stands.
    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    /// Starts it where it was before; it is not ready yet.
    pub(crate) fn resume(&mut self, log: &Log) -> Result<()> {
        self.running = Some(Lifeline::start(&self.command, log)?);
        Ok(())
    }

    /// Waits until it serves the realm that was imported last.
    pub(crate) fn wait_until_ready(&mut self, log: &Log) -> Result<()> {
        let began = Instant::now();
        while !self.serves("/realms/persium").unwrap_or(false) {
            let ended = self.running.as_mut().map(Lifeline::try_wait).transpose()?.flatten();
            if let Some(status) = ended {
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

    /// Where it listens without TLS.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.plain)
    }

    /// Where it listens with TLS.
    pub(crate) fn tls_url(&self) -> String {
        format!("https://{}", self.tls)
    }

    fn serves(&self, path: &str) -> io::Result<bool> {
        let mut stream = TcpStream::connect(self.plain)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.plain)?;
        let mut status = [0; "HTTP/1.1 200".len()];
        stream.read_exact(&mut status)?;
        Ok(status == *b"HTTP/1.1 200")
    }
}

/// An address nobody listens on. Somebody may take it before who it is for does, who then says so.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port on loopback")?;
    Ok(listener.local_addr()?)
}
