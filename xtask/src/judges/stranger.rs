//! A token server of others.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::keycloak::free_address;
use crate::lifeline::Lifeline;
use crate::log::Log;

const READY_WITHIN: Duration = Duration::from_secs(120);
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// A server on a loopback port. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Stranger {
    /// The variable that tells the tests where it is.
    name: &'static str,
    address: SocketAddr,
    lifeline: Lifeline,
}

impl Stranger {
    /// Starts it; it is given its port as an argument.
    pub(crate) fn start(name: &'static str, mut command: Command, log: &Log) -> Result<Self> {
        let address = free_address()?;
        command.arg(address.port().to_string());
        Ok(Self { name, address, lifeline: Lifeline::start(&command, log)? })
    }

    /// Waits until it listens; the variable and its value.
    pub(crate) fn wait_until_ready(&mut self, log: &Log) -> Result<(&'static str, String)> {
        let began = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.lifeline.try_wait()? {
                bail!("the server for {} ended before it was ready ({status})\n{}", self.name, log.tail()?);
            }
            if began.elapsed() > READY_WITHIN {
                bail!("{} did not listen after {} s", self.name, READY_WITHIN.as_secs());
            }
            thread::sleep(ASKED_EVERY);
        }
        Ok((self.name, format!("http://{}", self.address)))
    }
}
