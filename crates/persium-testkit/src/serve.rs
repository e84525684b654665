//! The sockets around the logic: accept, read, answer, until the kit is dropped.

mod connection;
mod door;
mod http2;
mod listen;
mod tls;

pub use tls::TlsFault;

pub(crate) use door::{Connections, Door, Listed};
pub(crate) use listen::Address;
pub(crate) use tls::{Demand, Handshake, Identity, Tls, strange_identity};

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::shared::Shared;

/// Serves while the door is open, and goes once it is gone. Whenever it is not open, every connection is closed.
pub(crate) async fn serve(shared: Arc<Shared>, mut door: watch::Receiver<Door>) {
    loop {
        let now = door.borrow_and_update().clone();
        match now {
            Door::Open(listener) => {
                let listener = listener.try_clone().and_then(TcpListener::from_std);
                accept(&shared, &listener.expect("a listener that does not block"), &mut door).await;
            }
            // An error: the kit is gone without having said so.
            Door::Shut => match door.changed().await {
                Ok(()) => {}
                Err(_) => return,
            },
            Door::Gone => return,
        }
    }
}

/// Until the door changes. Connections end with this: their tasks are aborted as the set is dropped.
async fn accept(shared: &Arc<Shared>, listener: &TcpListener, door: &mut watch::Receiver<Door>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = door.changed() => return,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(connection::serve(Arc::clone(shared), stream, peer.ip()));
            }
            // Out of descriptors, or a peer that has gone already: others get their turn, the next one may do better.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}
