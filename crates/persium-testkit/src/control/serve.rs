//! The sockets of the control plane: JSON in, JSON out, one request after the other.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Plane;
use crate::http1::{self, Reader};
use crate::message::{Framing, Reply};

/// Serves until its task is aborted; its connections go with it.
pub(super) async fn serve(plane: Arc<Plane>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let plane = Arc::clone(&plane);
                // What a peer does wrong on the wire ends its connection and nothing else.
                connections.spawn(async move { drop(exchange(&plane, stream, peer.ip()).await) });
            }
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn exchange(plane: &Plane, mut stream: TcpStream, peer: IpAddr) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = Reader::new(false, peer);
    while let Some(request) = reader.request(&mut stream).await? {
        let Ok(request) = request else {
            let reply = Reply::empty(400, Framing::Title);
            return stream.write_all(&http1::encode(&reply, false, false)).await;
        };
        let (status, body) = plane.handle(&request);
        let mut reply = Reply::empty(status, Framing::Title);
        if let Some(body) = body {
            reply = reply.with_header("Content-Type", "application/json").with_json(&body);
        }
        let keeps_alive = http1::keeps_alive(&request);
        stream.write_all(&http1::encode(&reply, request.method == "HEAD", keeps_alive)).await?;
        if !keeps_alive {
            break;
        }
    }
    stream.shutdown().await
}
