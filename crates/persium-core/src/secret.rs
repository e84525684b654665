//! What must never be printed, and how to take it out of what others print.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use zeroize::Zeroizing;

/// A credential: wiped from memory when dropped, printed by nothing.
///
/// It has no `Display` and no `Serialize`, and its `Debug` shows none of it.
///
/// ```
/// use persium_core::Secret;
///
/// let secret = Secret::new("s3cret");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret.expose(), "s3cret");
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a credential.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The credential itself, for the one place that puts it on the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What stands where a secret stood.
pub(crate) const REDACTED: &str = "[redacted]";

/// Takes secrets out of what a server sent back, in every spelling it may have echoed them in.
pub(crate) struct Redactor {
    /// Longest first, so that a spelling that holds another one goes whole.
    spellings: Vec<Zeroizing<String>>,
    /// What no part of may be left.
    pieces: Vec<Zeroizing<String>>,
}

/// So many characters of a secret in a row are a piece of it.
const PIECE: usize = 8;
/// Of a secret shorter than that a piece would be a word.
const SHORTEST: usize = 16;

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut redactor = Self { spellings: Vec::new(), pieces: Vec::new() };
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let spellings = spellings(secret);
            redactor.pieces.extend(spellings.iter().chain(&within_base64(secret)).cloned());
            redactor.spellings.extend(spellings);
        }
        redactor.sorted()
    }

    /// The same for what holds a secret beside what is none, such as `id:secret`: gone as a whole, or in base64.
    pub(crate) fn with_pairs<'a>(mut self, pairs: impl IntoIterator<Item = &'a str>) -> Self {
        for pair in pairs {
            self.pieces.push(Zeroizing::new(STANDARD_NO_PAD.encode(pair)));
            self.pieces.push(Zeroizing::new(URL_SAFE_NO_PAD.encode(pair)));
            self.pieces.extend(within_base64(pair));
            self.spellings.extend(spellings(pair));
        }
        self.sorted()
    }

    fn sorted(mut self) -> Self {
        self.spellings.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.spellings.dedup();
        self
    }

    /// `text` without the secrets, and without anything that looks like a JSON Web Token.
    pub(crate) fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = self.without_spellings(text);
        // A JSON string has countless spellings, and one meaning.
        if let Some(meant) = unescaped(&text)
            && let Cow::Owned(cleaned) = self.without_spellings(&meant)
        {
            text = Cow::Owned(cleaned);
        }
        if let Some(cleaned) = without_tokens(&text) {
            text = Cow::Owned(cleaned);
        }
        match self.without_pieces(&text) {
            Some(cleaned) => Cow::Owned(cleaned),
            None => text,
        }
    }

    /// Cuts out what is a part of a secret: of a header that was quoted in pieces, or of a body that was cut.
    fn without_pieces(&self, text: &str) -> Option<String> {
        let mut places: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (at, piece) in text.as_bytes().windows(PIECE).enumerate() {
            places.entry(piece).or_default().push(at);
        }
        let mut is_secret = vec![false; text.len()];
        let texts = self.pieces.iter().filter(|text| SHORTEST <= text.len());
        for piece in texts.flat_map(|text| text.as_bytes().windows(PIECE)) {
            // Found once, its places need no second look.
            for at in places.remove(piece).unwrap_or_default() {
                is_secret[at..at + PIECE].fill(true);
            }
        }
        is_secret.contains(&true).then(|| {
            let mut out = String::new();
            let mut was_secret = false;
            for (at, c) in text.char_indices() {
                match (was_secret, is_secret[at]) {
                    (_, false) => out.push(c),
                    (false, true) => out.push_str(REDACTED),
                    (true, true) => {}
                }
                was_secret = is_secret[at];
            }
            out
        })
    }

    fn without_spellings<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for spelling in &self.spellings {
            if text.contains(spelling.as_str()) {
                text = Cow::Owned(text.replace(spelling.as_str(), REDACTED));
            }
        }
        text
    }

    /// The same for a body. One that holds no secret is kept byte for byte.
    pub(crate) fn clean_body(&self, body: &Bytes) -> Bytes {
        match self.clean(&String::from_utf8_lossy(body)) {
            Cow::Owned(cleaned) if cleaned.contains(REDACTED) => Bytes::from(cleaned),
            _ => body.clone(),
        }
    }
}

/// Every way in which a secret is written as a whole.
fn spellings(secret: &str) -> Vec<Zeroizing<String>> {
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let lower = lower_case_escapes(&form);
    let spellings = [
        form.replace('+', "%20"),
        lower.replace('+', "%20"),
        lower,
        form,
        in_a_page(secret, "&quot;"),
        in_a_page(secret, "&#34;"),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        secret.to_owned(),
    ];
    spellings.into_iter().map(Zeroizing::new).collect()
}

/// What base64 makes of a secret within something longer: it reads three bytes at a time, so what stands before shifts it
/// by one or two. Its ends are the neighbours' as well, so that only pieces of it are found.
fn within_base64(secret: &str) -> Vec<Zeroizing<String>> {
    let shifted = [" ", "  "].map(|before| Zeroizing::new(format!("{before}{secret}")));
    let engines = [STANDARD_NO_PAD, URL_SAFE_NO_PAD];
    let encoded =
        shifted.iter().flat_map(|shifted| engines.iter().map(|engine| engine.encode(shifted.as_bytes())));
    encoded.map(Zeroizing::new).collect()
}

/// With what JSON escapes read as what they stand for (RFC 8259 section 7), where there are any. What is no escape
/// stays as it is.
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let (meant, length) = match escape.bytes().next() {
            Some(mark @ (b'"' | b'\\' | b'/')) => (char::from(mark), 1),
            Some(b'u') => code_point(escape).unwrap_or(('\\', 0)),
            _ => ('\\', 0),
        };
        out.push(meant);
        rest = &escape[length..];
    }
    (rest.len() < text.len()).then(|| out + rest)
}

/// The character that `u` and four digits stand for, twice where it takes two, and how many bytes spell it.
fn code_point(escape: &str) -> Option<(char, usize)> {
    let unit = |at: usize| u16::from_str_radix(escape.get(at..at + 4)?, 16).ok();
    let first = unit(1)?;
    let second = escape.get(5..7).filter(|mark| *mark == "\\u").and_then(|_| unit(7));
    let units = [first, second.unwrap_or_default()];
    let one = char::decode_utf16(units).next()?.ok()?;
    Some((one, if one.len_utf16() == 2 { 11 } else { 5 }))
}

/// As a careful page has it.
fn in_a_page(secret: &str, quote: &str) -> String {
    let escaped = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', quote).replace('\'', "&#39;")
}

/// `%2B` as `%2b`: both spellings are in use.
fn lower_case_escapes(form: &str) -> String {
    let mut out = String::with_capacity(form.len());
    let mut escaped = 0;
    for c in form.chars() {
        out.push(if escaped > 0 { c.to_ascii_lowercase() } else { c });
        escaped = if c == '%' { 2 } else { escaped - i32::from(escaped > 0) };
    }
    out
}

/// Cuts out each `eyJ…` (base64url of `{"`) that is a token or a part of one, of whomever: it runs on over a dot, or is a
/// JSON object, or is longer than any word.
fn without_tokens(text: &str) -> Option<String> {
    let part_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let token = &rest[start..];
        let end = token.find(|c| !part_of_token(c)).unwrap_or(token.len());
        out.push_str(&rest[..start]);
        out.push_str(if is_of_a_token(&token[..end]) { REDACTED } else { &token[..end] });
        rest = &token[end..];
    }
    if out.is_empty() && rest.len() == text.len() {
        return None;
    }
    out.push_str(rest);
    Some(out)
}

fn is_of_a_token(run: &str) -> bool {
    const LONGEST_WORD: usize = 40;
    let is_object = |run| {
        let decoded = URL_SAFE_NO_PAD.decode(run).unwrap_or_default();
        serde_json::from_slice::<BTreeMap<String, serde::de::IgnoredAny>>(&decoded).is_ok()
    };
    run.contains('.') || LONGEST_WORD < run.len() || is_object(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_secret_go_as_well() {
        let secret = "Zk3vTq9LmX2pRw8YbN4c";
        let token = "b3BhcXVlLXRva2VuLW9mLW5vYm9keQ";
        let redactor = Redactor::new([secret, token]);
        for echoed in [
            "Zk3vTq9L",
            "X2pRw8YbN4c",
            "Zk3vTq9L mX2pRw8YbN4c",
            "Authorization: Bearer b3BhcXVlLXRva2Vu\n LW9mLW5vYm9keQ",
        ] {
            let cleaned = redactor.clean(echoed);
            let pieces = secret.as_bytes().windows(PIECE).chain(token.as_bytes().windows(PIECE));
            let left = pieces.filter(|piece| cleaned.as_bytes().windows(PIECE).any(|found| found == *piece));
            assert_eq!(left.count(), 0, "{echoed}: {cleaned}");
            assert!(cleaned.contains(REDACTED), "{echoed}: {cleaned}");
        }
        assert_eq!(redactor.clean("Zk3vTq9 is too short to tell"), "Zk3vTq9 is too short to tell");
        for before in ["", "a", "ab", "abc:"] {
            let basic = STANDARD.encode(format!("{before}{secret}!"));
            let cleaned = redactor.clean(&basic);
            assert!(cleaned.len() < REDACTED.len() + 14 && cleaned.contains(REDACTED), "{before}: {cleaned}");
        }
    }

    #[test]
    fn parts_of_anybodys_token_go() {
        let redactor = Redactor::new([]);
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
        assert_eq!(redactor.clean(&header), REDACTED, "a header alone");
        let payload = URL_SAFE_NO_PAD.encode(r#"{"iss":"https://sso.example.com/realms/acme"}"#);
        assert_eq!(redactor.clean(&payload[..50]), REDACTED, "a payload that was cut");
    }

    #[test]
    fn every_spelling_of_a_secret_goes() {
        let redactor = Redactor::new(["p@ss w/ord+plus%25&\"q"]);
        for spelling in [
            "p@ss w/ord+plus%25&\"q",
            "p%40ss+w%2Ford%2Bplus%2525%26%22q",
            "p%40ss%20w%2Ford%2Bplus%2525%26%22q",
            "p%40ss+w%2ford%2bplus%2525%26%22q",
            r#"p@ss w/ord+plus%25&\"q"#,
            r#"p@ss w\/ord+plus%25\u0026\u0022q"#,
            "p@ss w/ord+plus%25&amp;&quot;q",
            "p@ss w/ord+plus%25&amp;&#34;q",
            "cEBzcyB3L29yZCtwbHVzJTI1JiJx",
        ] {
            let echoed = format!("<p>you sent {spelling}!</p>");
            assert_eq!(redactor.clean(&echoed), "<p>you sent [redacted]!</p>", "{spelling}");
        }
    }

    #[test]
    fn a_secret_spelled_in_escapes_goes_and_other_escapes_stay() {
        let redactor = Redactor::new([r"Grü\ße 🔑"]);
        for spelling in [r"Grü\ße 🔑", r"Grü\\ße 🔑", r"Gr\u00FC\u005c\u00dfe \ud83d\udd11"] {
            assert_eq!(redactor.clean(&format!(r#"{{"error":"{spelling}"}}"#)), r#"{"error":"[redacted]"}"#);
        }
        for text in [r"a\nb \u00fc \ud83d \u00", "\\", r"\u", r"\uü"] {
            assert_eq!(redactor.clean(text), text);
        }
    }

    #[test]
    fn anything_that_looks_like_a_token_goes() {
        let redactor = Redactor::new([]);
        let text = r#"{"token":"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln","eyJ":"eyJust a word"}"#;
        assert_eq!(redactor.clean(text), r#"{"token":"[redacted]","eyJ":"eyJust a word"}"#);
    }

    #[test]
    fn a_clean_body_is_kept_byte_for_byte() {
        let body = Bytes::from_static(b"\xff not UTF-8");
        assert_eq!(Redactor::new(["secret"]).clean_body(&body), body);
        let body = Bytes::from_static(b"\xff secret");
        assert_eq!(Redactor::new(["secret"]).clean_body(&body), "\u{fffd} [redacted]");
    }

    #[test]
    fn an_empty_secret_redacts_nothing() {
        assert_eq!(Redactor::new([""]).clean("as it is"), "as it is");
    }
}
