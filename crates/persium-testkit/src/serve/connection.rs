//! One connection: its requests in order, each answered before the next is read.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::http1::{self, Reader};
use crate::message::{Framing, Reply};
use crate::shared::Shared;

/// How long a peer that was refused may go on sending before it is cut off.
const LINGER: Duration = Duration::from_secs(1);

pub(super) async fn serve(shared: Arc<Shared>, stream: TcpStream, peer: IpAddr, tls: Option<TlsAcceptor>) {
    // Without it each answer of two segments waits for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    // What a peer does wrong on the wire ends its connection and nothing else.
    let _ = match tls {
        None => exchange(&shared, stream, Reader::new(false, peer)).await,
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => exchange(&shared, stream, Reader::new(true, peer)).await,
            Err(error) => Err(error),
        },
    };
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    mut stream: S,
    mut reader: Reader,
) -> io::Result<()> {
    while let Some(request) = reader.request(&mut stream).await? {
        let request = match request {
            Ok(request) => request,
            Err(refusal) => {
                let reply = Reply::empty(refusal.0, Framing::Title);
                stream.write_all(&http1::encode(&reply, false, false)).await?;
                return linger(stream).await;
            }
        };
        let reply = shared.handle(&request);
        shared.delay(reply.delay).await;
        let keeps_alive = http1::keeps_alive(&request);
        stream.write_all(&http1::encode(&reply, request.method == "HEAD", keeps_alive)).await?;
        stream.flush().await?;
        if !keeps_alive {
            break;
        }
    }
    stream.shutdown().await
}

/// Closes after the peer has: closing with bytes unread would reset the connection, and the answer with it.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> io::Result<()> {
    stream.shutdown().await?;
    let mut sink = [0; 4096];
    let drain = async { while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {} };
    let _ = tokio::time::timeout(LINGER, drain).await;
    Ok(())
}
