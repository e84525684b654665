//! Compressed bodies, bounded by what they become.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use persium_core::{Failure, FailureKind, Phase, Response};

/// The response with its body decompressed, where it is compressed (RFC 9110 section 8.4.1.3). An empty body is none,
/// whatever is said of it: what comes in place of a body that was not written says the encoding all the same.
pub(crate) fn decoded(mut response: Response, max_body: usize) -> Result<Response, Failure> {
    let encoding = response.headers().get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes);
    let is_gzip =
        encoding.is_some_and(|name| matches!(name.to_ascii_lowercase().as_slice(), b"gzip" | b"x-gzip"));
    if !is_gzip || response.body().is_empty() {
        return Ok(response);
    }
    let mut body = Vec::new();
    // One byte more than is allowed tells too much from just enough.
    let bound = u64::try_from(max_body).unwrap_or(u64::MAX).saturating_add(1);
    match MultiGzDecoder::new(response.body().as_ref()).take(bound).read_to_end(&mut body) {
        Ok(_) if max_body < body.len() => return Err(too_large(max_body)),
        Ok(_) => {}
        // Broken on the way: an answer that was cut off, not one that the server meant.
        Err(error) => return Err(Failure::new(Phase::Body, FailureKind::Interrupted, error)),
    }
    response.headers_mut().remove(CONTENT_ENCODING);
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Bytes::from(body);
    Ok(response)
}

pub(crate) fn too_large(max_body: usize) -> Failure {
    Failure::new(Phase::Body, FailureKind::TooLarge, format!("the body has more than {max_body} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn compressed(text: &[u8]) -> Response {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        let body = Bytes::from(encoder.finish().unwrap());
        http::Response::builder().header(CONTENT_ENCODING, "GZIP").body(body).unwrap()
    }

    #[test]
    fn a_compressed_body_is_read_up_to_its_bound() {
        let response = decoded(compressed(b"hello"), 5).unwrap();
        assert_eq!(response.body(), "hello");
        assert!(response.headers().is_empty());
        assert_eq!(decoded(compressed(b"hello!"), 5).unwrap_err().kind, FailureKind::TooLarge);
    }

    #[test]
    fn a_bomb_is_stopped_at_the_bound() {
        let bomb = compressed(&vec![0; 10_000_000]);
        assert!(bomb.body().len() < 20_000);
        assert_eq!(decoded(bomb, 1000).unwrap_err().kind, FailureKind::TooLarge);
    }

    #[test]
    fn a_body_cut_short_is_interrupted() {
        let whole = compressed(b"hello");
        let cut = whole.body().slice(..whole.body().len() - 6);
        let response = whole.map(|_| cut);
        assert_eq!(decoded(response, 100).unwrap_err().kind, FailureKind::Interrupted);
    }

    #[test]
    fn an_empty_body_is_one_whatever_is_said_of_it() {
        let response = compressed(b"").map(|_| Bytes::new());
        assert!(decoded(response, 100).unwrap().body().is_empty());
        assert!(decoded(compressed(b""), 100).unwrap().body().is_empty());
    }

    #[test]
    fn what_is_not_compressed_is_left_alone() {
        let response = Response::new(Bytes::from_static(b"hello"));
        assert_eq!(decoded(response, 1).unwrap().body(), "hello");
    }
}
