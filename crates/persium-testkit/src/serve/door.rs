//! Whether the kit can be reached, and the connections it has: closed at once, from any thread.

use std::collections::HashMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the accepting task is to do.
#[derive(Clone, Debug)]
pub(crate) enum Door {
    /// Accept from that listener.
    Open(Arc<TcpListener>),
    /// Close everything and wait.
    Shut,
    /// Close everything and end.
    Gone,
}

impl Door {
    /// Stops listening, before this returns: a second descriptor of a socket can shut it down. Where the system does not
    /// let a listening socket be shut down, the accepting task closes it, a little later.
    #[cfg(unix)]
    pub(crate) fn slam(listener: &TcpListener) {
        let second = listener.try_clone().map(std::os::fd::OwnedFd::from);
        let _ = second.map(|fd| TcpStream::from(fd).shutdown(Shutdown::Both));
    }

    #[cfg(not(unix))]
    pub(crate) fn slam(_: &TcpListener) {}
}

/// Second descriptors of the connections that are open.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: Mutex<HashMap<u64, TcpStream>>,
}

/// A connection's entry in the list, as long as it is kept. To be dropped before the connection: a reset goes out
/// with the last descriptor alone.
pub(crate) struct Listed {
    connections: Arc<Connections>,
    number: u64,
}

impl Connections {
    pub(crate) fn list(self: &Arc<Self>, stream: &TcpStream, number: u64) -> std::io::Result<Listed> {
        self.lock().insert(number, stream.try_clone()?);
        Ok(Listed { connections: Arc::clone(self), number })
    }

    /// Ends all of them, in both directions, before this returns.
    pub(crate) fn close_all(&self) {
        for stream in self.lock().values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.number);
    }
}
