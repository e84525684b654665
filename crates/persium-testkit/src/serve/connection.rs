//! One connection: its requests in order, each answered before the next is read.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::door::Listed;
use super::http2;
use super::tls::Handshake;
use crate::fault::Cut;
use crate::http1::{self, Act, Reader};
use crate::message::{Framing, Reply};
use crate::shared::{OnItsWay, Out, Shared};

/// How long a peer that was refused may go on sending before it is cut off.
const LINGER: Duration = Duration::from_secs(60);

/// A stream that knows its socket.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Whether the connection goes on after an answer.
#[derive(Eq, PartialEq)]
enum Then {
    Next,
    Close,
    /// Closed in some other way already.
    Over,
}

pub(super) async fn serve(shared: Arc<Shared>, stream: TcpStream, peer: IpAddr) {
    // What a peer does wrong on the wire ends its connection and nothing else.
    let _ = accept(shared, stream, peer).await;
}

async fn accept(shared: Arc<Shared>, stream: TcpStream, peer: IpAddr) -> io::Result<()> {
    // Without it each answer of two segments waits for the peer's delayed acknowledgement.
    stream.set_nodelay(true)?;
    let socket = stream.into_std()?;
    let listed = shared.list(&socket)?;
    let mut stream = TcpStream::from_std(socket)?;
    match shared.handshake() {
        Handshake::None => exchange(&shared, stream, Reader::new(false, peer), listed).await,
        Handshake::Cut => {
            // The client's hello, so that it is the handshake that breaks and not the connecting.
            let _hello = stream.read(&mut [0; 1024]).await?;
            drop(listed);
            stream.set_zero_linger()
        }
        Handshake::With(acceptor) => {
            let stream = match acceptor.accept(stream).into_fallible().await {
                Ok(stream) => stream,
                // Why was said in an alert, which a reset would overtake.
                Err((_, stream)) => return linger(stream).await,
            };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                return http2::serve(shared, stream, peer).await;
            }
            exchange(&shared, stream, Reader::new(true, peer), listed).await
        }
    }
}

/// The last parameter is dropped first: see [`Listed`].
async fn exchange<S: Stream>(
    shared: &Arc<Shared>,
    mut stream: S,
    mut reader: Reader,
    _listed: Listed,
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
        let (handled, way) = shared.handle(&request);
        let is_gone = tokio::select! {
            biased;
            () = shared.delay(handled.delay) => false,
            () = reader.until_gone(&mut stream) => true,
        };
        if is_gone {
            return Ok(());
        }
        let keeps_alive = http1::keeps_alive(&request);
        let acts = http1::compose(&handled.reply, &handled.wire, request.method == "HEAD", keeps_alive);
        match perform(shared, &mut stream, &mut reader, acts, way).await? {
            Then::Next if keeps_alive => {}
            Then::Next | Then::Close => break,
            Then::Over => return Ok(()),
        }
    }
    stream.shutdown().await
}

async fn perform<S: Stream>(
    shared: &Shared,
    stream: &mut S,
    reader: &mut Reader,
    acts: Vec<Act>,
    way: OnItsWay,
) -> io::Result<Then> {
    let last = acts.iter().rposition(|act| matches!(act, Act::Send(_)));
    let mut way = Some(way);
    for (number, act) in acts.into_iter().enumerate() {
        match act {
            Act::Send(bytes) => {
                // Before the bytes: whoever has read the whole answer may ask again at once.
                let out = way.take_if(|_| Some(number) == last).map(OnItsWay::got_out);
                let written = stream.write_all(&bytes).await;
                if let Err(error) = written.and(stream.flush().await) {
                    out.into_iter().for_each(Out::was_lost);
                    return Err(error);
                }
            }
            Act::Pause(pause) => tokio::select! {
                biased;
                () = shared.delay(pause) => {}
                () = reader.until_gone(stream) => return Ok(Then::Over),
            },
            Act::Cut(Cut::Close) => return Ok(Then::Close),
            Act::Cut(Cut::Reset) => {
                stream.socket().set_zero_linger()?;
                return Ok(Then::Over);
            }
            Act::ResetOnNext => {
                reader.until_more(stream).await?;
                stream.socket().set_zero_linger()?;
                return Ok(Then::Over);
            }
        }
    }
    Ok(Then::Next)
}

/// Closes after the peer has: closing with bytes unread would reset the connection, and the answer with it.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> io::Result<()> {
    stream.shutdown().await?;
    let mut sink = [0; 4096];
    let drain = async { while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {} };
    let _ = tokio::time::timeout(LINGER, drain).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream as Socket};
    use std::sync::Arc;

    use http::StatusCode;
    use tokio::net::TcpStream;

    use crate::{Fault, Kit, RetryAfter, Route};

    const ASK: &[u8] = b"GET /api/m2m/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    /// Serves one connection whose client has sent its request already, and which is closed here before it is read.
    async fn ask(kit: &Kit, is_closed: bool) -> Vec<u8> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = Socket::connect(listener.local_addr().unwrap()).unwrap();
        client.write_all(ASK).unwrap();
        let (socket, peer) = listener.accept().unwrap();
        if is_closed {
            socket.peek(&mut [0]).unwrap();
            socket.shutdown(Shutdown::Both).unwrap();
        }
        socket.set_nonblocking(true).unwrap();
        super::serve(Arc::clone(&kit.shared), TcpStream::from_std(socket).unwrap(), peer.ip()).await;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        answer
    }

    #[tokio::test]
    async fn an_answer_to_a_closed_connection_asked_nobody_for_a_pause() {
        let kit = Kit::start();
        let busy = Fault::status(StatusCode::SERVICE_UNAVAILABLE).with_retry_after(RetryAfter::Seconds(30));
        kit.plan(Route::Me, &busy, 1);
        assert_eq!(ask(&kit, true).await, b"", "the request was read, and its answer lost");
        assert_eq!(kit.requests(Route::Me), 1);
        assert!(ask(&kit, false).await.starts_with(b"HTTP/1.1 401 "));
        kit.verify();
    }
}
