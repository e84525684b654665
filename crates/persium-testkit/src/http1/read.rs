//! Reading requests off a connection, one after the other.

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::message::Request;

/// A head may be this long: a token of 20 kB and then some.
const HEAD_MAX: usize = 256 * 1024;
/// A body may be this long.
const BODY_MAX: usize = 4 * 1024 * 1024;
/// A head may have this many fields.
const FIELDS_MAX: usize = 128;

/// Why a request was not read, as the status that says so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Refusal(pub(crate) u16);

/// One connection's incoming side. What came beyond a request is kept for the next one.
pub(crate) struct Reader {
    buffer: Vec<u8>,
    is_tls: bool,
    peer: IpAddr,
}

/// What a head says of its body.
enum Length {
    Known(usize),
    Chunked,
}

/// What stands at the front of the buffer.
enum Chunk {
    Incomplete,
    /// Where its data begins and ends; what follows are two bytes of line end.
    Data(usize, usize),
    /// The last one, and where the trailers end.
    Last(usize),
}

impl Reader {
    pub(crate) fn new(is_tls: bool, peer: IpAddr) -> Self {
        Self { buffer: Vec::new(), is_tls, peer }
    }

    /// The next request, whole. `None` where the peer closed between two.
    ///
    /// # Errors
    /// Of the connection. A request that is no HTTP or too large is the inner error.
    pub(crate) async fn request<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> io::Result<Option<Result<Request, Refusal>>> {
        let mut request = loop {
            match self.head() {
                Ok(Some(request)) => break request,
                Ok(None) if self.buffer.len() > HEAD_MAX => return Ok(Some(Err(Refusal(431)))),
                Ok(None) => {}
                Err(refusal) => return Ok(Some(Err(refusal))),
            }
            if !self.fill(stream).await? {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        };
        let length = match length(&request) {
            Ok(Length::Known(length)) if length > BODY_MAX => return Ok(Some(Err(Refusal(413)))),
            Ok(length) => length,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        // RFC 9110 §10.1.1: a server may leave the interim answer out once the body has begun to arrive.
        let expects =
            request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        if expects && self.buffer.is_empty() {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            stream.flush().await?;
        }
        match self.body(stream, &length).await? {
            Ok(body) => request.body = body,
            Err(refusal) => return Ok(Some(Err(refusal))),
        }
        Ok(Some(Ok(request)))
    }

    /// Returns once the peer has closed or broken the connection. What it sends meanwhile is kept for later.
    pub(crate) async fn until_gone<S: AsyncRead + Unpin>(&mut self, stream: &mut S) {
        while self.buffer.len() < HEAD_MAX && self.fill(stream).await.is_ok_and(|is_open| is_open) {}
        if self.buffer.len() >= HEAD_MAX {
            // Whoever sends so much meanwhile is there.
            std::future::pending::<()>().await;
        }
    }

    /// Returns once more has come than was read, or nothing ever will.
    pub(crate) async fn until_more<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<()> {
        if self.buffer.is_empty() { self.fill(stream).await.map(drop) } else { Ok(()) }
    }

    /// Reads once. `false` at the end of the stream.
    async fn fill<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<bool> {
        self.buffer.reserve(8 * 1024);
        Ok(stream.read_buf(&mut self.buffer).await? > 0)
    }

    async fn fill_more<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<()> {
        if self.fill(stream).await? { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Takes a head off the buffer's front, once it is whole.
    fn head(&mut self) -> Result<Option<Request>, Refusal> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
        let mut parsed = httparse::Request::new(&mut fields);
        let end = match parsed.parse(&self.buffer) {
            Ok(httparse::Status::Complete(end)) => end,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(Refusal(431)),
            Err(_) => return Err(Refusal(400)),
        };
        let header = |field: &httparse::Header<'_>| {
            (field.name.to_owned(), String::from_utf8_lossy(field.value).into_owned())
        };
        let request = Request {
            method: parsed.method.unwrap_or_default().to_owned(),
            target: parsed.path.unwrap_or_default().to_owned(),
            headers: parsed.headers.iter().map(header).collect(),
            body: Vec::new(),
            is_http_1_0: parsed.version == Some(0),
            is_tls: self.is_tls,
            peer: self.peer,
        };
        self.buffer.drain(..end);
        Ok(Some(request))
    }

    async fn body<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        length: &Length,
    ) -> io::Result<Result<Vec<u8>, Refusal>> {
        let Length::Known(length) = *length else { return self.chunks(stream).await };
        while self.buffer.len() < length {
            self.fill_more(stream).await?;
        }
        let rest = self.buffer.split_off(length);
        Ok(Ok(std::mem::replace(&mut self.buffer, rest)))
    }

    /// The chunked coding of RFC 9112 §7.1; extensions and trailers are passed over.
    async fn chunks<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<Result<Vec<u8>, Refusal>> {
        let mut body = Vec::new();
        loop {
            match self.chunk() {
                Err(refusal) => return Ok(Err(refusal)),
                Ok(Chunk::Data(from, to)) if body.len() + (to - from) > BODY_MAX => {
                    return Ok(Err(Refusal(413)));
                }
                Ok(Chunk::Data(from, to)) => {
                    body.extend_from_slice(&self.buffer[from..to]);
                    self.buffer.drain(..to + 2);
                }
                Ok(Chunk::Last(end)) => {
                    self.buffer.drain(..end);
                    return Ok(Ok(body));
                }
                Ok(Chunk::Incomplete) if self.buffer.len() > BODY_MAX + HEAD_MAX => {
                    return Ok(Err(Refusal(413)));
                }
                Ok(Chunk::Incomplete) => self.fill_more(stream).await?,
            }
        }
    }

    fn chunk(&self) -> Result<Chunk, Refusal> {
        let (start, size) = match httparse::parse_chunk_size(&self.buffer) {
            Ok(httparse::Status::Complete((start, size))) => (start, size),
            Ok(httparse::Status::Partial) => return Ok(Chunk::Incomplete),
            Err(_) => return Err(Refusal(400)),
        };
        if size == 0 {
            let rest = &self.buffer[start..];
            let end = match rest {
                [b'\r', b'\n', ..] => Some(2),
                _ => rest.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4),
            };
            return Ok(end.map_or(Chunk::Incomplete, |end| Chunk::Last(start + end)));
        }
        let size = usize::try_from(size).ok().filter(|size| *size <= BODY_MAX).ok_or(Refusal(413))?;
        match self.buffer.get(start + size..start + size + 2) {
            None => Ok(Chunk::Incomplete),
            Some(b"\r\n") => Ok(Chunk::Data(start, start + size)),
            Some(_) => Err(Refusal(400)),
        }
    }
}

/// RFC 9112 §6.3. Two lengths, or a length beside chunks, are refused: that is how requests are smuggled.
fn length(request: &Request) -> Result<Length, Refusal> {
    let all = |name: &str| -> Vec<&str> {
        let fields = request.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| value.as_str()).collect()
    };
    match (all("transfer-encoding").as_slice(), all("content-length").as_slice()) {
        ([], []) => Ok(Length::Known(0)),
        ([], [length]) => length.parse().map(Length::Known).map_err(|_| Refusal(400)),
        ([coding], []) if coding.eq_ignore_ascii_case("chunked") => Ok(Length::Chunked),
        _ => Err(Refusal(400)),
    }
}
