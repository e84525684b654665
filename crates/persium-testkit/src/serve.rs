//! The sockets around the logic: accept, read, answer, until the kit is dropped.

mod connection;
mod listen;
mod tls;

pub(crate) use listen::Address;
pub(crate) use tls::Certificates;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::shared::Shared;

/// Serves every connection until `open` says no, or its sender is gone. Then all of them are closed.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    listener: std::net::TcpListener,
    tls: Option<TlsAcceptor>,
    mut open: watch::Receiver<bool>,
) {
    let listener =
        TcpListener::from_std(listener).expect("a listener that does not block, on a runtime with I/O");
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = open.changed() => return,
            Some(_) = connections.join_next() => continue,
        };
        // Out of descriptors, or a peer that has gone already: the next one may do better.
        let Ok((stream, peer)) = accepted else { continue };
        let (shared, tls) = (Arc::clone(&shared), tls.clone());
        connections.spawn(connection::serve(shared, stream, peer.ip(), tls));
    }
}
