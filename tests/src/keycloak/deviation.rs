//! Where the fake is not Keycloak, and why: each difference that is allowed, with its reason.
//!
//! `docs/keycloak-differences.md` shows this list; a test holds the two together.

use super::corpus::Request;
use super::difference::Difference;

/// Differences of one kind.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Deviation {
    /// What differs.
    pub what: &'static str,
    /// Why that is as well.
    pub why: &'static str,
    fits: fn(&Request, &Difference) -> bool,
}

/// All of them.
pub const DEVIATIONS: [Deviation; 4] = [
    Deviation {
        what: "A `Content-Type` that cannot be parsed (`nonsense`, `/`), anywhere but at a POST of the token endpoint, and there \
               where `Accept` has `text/html`",
        why: "Each endpoint trips over it in another way, by an exception that nobody catches; Keycloak mends it in 26.8. A \
              token request, where a client may really send one, is answered as Keycloak does",
        fits: |request, _| has_malformed_type(request) && (!is_token_request(request) || takes_html(request)),
    },
    Deviation {
        what: "A chunked body that is none",
        why: "Keycloak closes the connection without a word; the fake says 400, so that a test that meets it says why",
        fits: |request, _| is_chunked(request) && !has_whole_chunks(request),
    },
    Deviation {
        what: "A multipart body that does not begin or end as one",
        why: "Keycloak answers 500 where the fake finds no form; no client of the token endpoint sends multipart bodies",
        fits: |request, _| {
            let content_type = request.header("content-type").unwrap_or_default();
            let is_whole = request.body.starts_with("--") && request.body.ends_with("--");
            content_type.starts_with("multipart/") && !is_whole
        },
    },
    Deviation {
        what: "A grant by UMA ticket that comes with a bearer token",
        why: "Keycloak verifies that token before it looks for a client; the fake grants no permissions, and tells a client alone so",
        fits: |request, _| {
            let is_bearer =
                |value: &str| value.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("bearer"));
            request.body.contains("grant-type%3Auma-ticket")
                && request.header("authorization").is_some_and(is_bearer)
        },
    },
];

/// A media type is two words with a slash between (RFC 9110 section 8.3.1).
fn has_malformed_type(request: &Request) -> bool {
    let Some(value) = request.header("content-type") else { return false };
    let media_type = value.split(';').next().unwrap_or_default().trim();
    let words: Vec<_> = media_type.split('/').collect();
    !matches!(words.as_slice(), [kind, subtype] if !kind.is_empty() && !subtype.is_empty())
}

fn is_token_request(request: &Request) -> bool {
    request.method == "POST" && request.full_path() == "/realms/persium/protocol/openid-connect/token"
}

fn takes_html(request: &Request) -> bool {
    request.header("accept").is_some_and(|accept| accept.contains("text/html"))
}

fn is_chunked(request: &Request) -> bool {
    request.header("transfer-encoding").is_some_and(|value| value == "chunked")
}

/// Whether the body is chunks up to an empty one, and nothing after it (RFC 9112 section 7.1).
fn has_whole_chunks(request: &Request) -> bool {
    let bytes = request.bytes("", |_| String::new());
    let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let mut rest = &bytes[head + 4..];
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = str::from_utf8(&rest[..line]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size else { return false };
        let Some((chunk, after)) = rest[line + 2..].split_at_checked(size + 2) else { return false };
        if !chunk.ends_with(b"\r\n") {
            return false;
        }
        if size == 0 {
            return after.is_empty();
        }
        rest = after;
    }
    false
}

/// The first deviation that a difference in the answers to `request` is of.
#[must_use]
pub fn explaining(request: &Request, difference: &Difference) -> Option<usize> {
    DEVIATIONS.iter().position(|deviation| (deviation.fits)(request, difference))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/keycloak-differences.md");

    fn request(text: &str) -> Request {
        Request::parse(text).unwrap()
    }

    #[test]
    fn a_media_type_is_two_words() {
        for (value, is_malformed) in [
            ("a/b", false),
            ("a/b; c=d", false),
            ("nonsense", true),
            ("/", true),
            ("a/b/c", true),
            ("", true),
        ] {
            let request = request(&format!("POST token\nContent-Type: {value}"));
            assert_eq!(has_malformed_type(&request), is_malformed, "{value}");
        }
    }

    #[test]
    fn chunks_end_with_an_empty_one() {
        for (body, is_whole) in [
            ("1{{bytes 0d0a}}x{{bytes 0d0a300d0a0d0a}}", true),
            ("2{{bytes 0d0a}}x{{bytes 0d0a300d0a0d0a}}", false),
            ("1{{bytes 0d0a}}x{{bytes 0d0a300d0a0d0a}}y", false),
            ("x=1", false),
        ] {
            let request = request(&format!("POST token\nTransfer-Encoding: chunked\n\n{body}"));
            assert_eq!(has_whole_chunks(&request), is_whole, "{body}");
        }
    }

    #[test]
    fn the_page_shows_every_deviation_and_no_other() {
        let rows = PAGE.lines().filter(|line| line.starts_with("| ")).skip(1);
        let shown: Vec<_> = rows.map(str::to_owned).collect();
        let known = DEVIATIONS.iter().map(|deviation| format!("| {} | {} |", deviation.what, deviation.why));
        assert_eq!(shown, known.collect::<Vec<_>>());
    }
}
