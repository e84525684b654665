//! Which address a kit listens on: never one that another kit of this process had.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where a kit is to listen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Address {
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: Option<u16>,
}

impl Address {
    /// Listens, at an address of the kit's own unless the caller chose one.
    pub(crate) fn listen(self) -> io::Result<TcpListener> {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let listener = match (self.ip, self.port) {
            (None, None) => own_address()?,
            (ip, port) => TcpListener::bind(SocketAddr::new(ip.unwrap_or(loopback), port.unwrap_or(0)))?,
        };
        listener.set_nonblocking(true)?;
        Ok(listener)
    }
}

/// Linux answers on all of 127/8, so every kit of a process gets an address that no other one had: a client that
/// still pools a connection to an earlier kit cannot meet a later one.
#[cfg(target_os = "linux")]
fn own_address() -> io::Result<TcpListener> {
    /// 127.1.0.0 to 127.254.255.255.
    const COUNT: u32 = 254 << 16;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes begin at different places, so that two test binaries do not walk the same path.
    let number =
        std::process::id().wrapping_mul(40_503).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
    let address = Ipv4Addr::from_bits((127 << 24) + (1 << 16) + number);
    TcpListener::bind((address, 0))
}

/// Elsewhere only 127.0.0.1 is there: a port that a kit of this process has had is not taken again.
#[cfg(not(target_os = "linux"))]
fn own_address() -> io::Result<TcpListener> {
    use std::collections::HashSet;
    use std::sync::{Mutex, PoisonError};

    static USED: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed);
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    let used = used.get_or_insert_default();
    // Those that were taken before are held until one is new, so that the system has to hand out others.
    let mut held = Vec::new();
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        if used.insert(listener.local_addr()?.port()) {
            return Ok(listener);
        }
        held.push(listener);
    }
}
