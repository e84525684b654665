//! What must never be printed, and how to take it out of what others print.

use std::borrow::Cow;
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
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spellings = Vec::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let percent = form.replace('+', "%20");
            let lower = lower_case_escapes(&form);
            let quoted = serde_json::Value::from(secret).to_string();
            spellings.extend([
                percent,
                lower.replace('+', "%20"),
                lower,
                form,
                quoted.trim_matches('"').to_owned(),
                STANDARD.encode(secret),
                STANDARD_NO_PAD.encode(secret),
                URL_SAFE_NO_PAD.encode(secret),
                secret.to_owned(),
            ]);
        }
        spellings.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self { spellings: spellings.into_iter().map(Zeroizing::new).collect() }
    }

    /// `text` without the secrets, and without anything that looks like a JSON Web Token.
    pub(crate) fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for spelling in &self.spellings {
            if text.contains(spelling.as_str()) {
                text = Cow::Owned(text.replace(spelling.as_str(), REDACTED));
            }
        }
        match without_tokens(&text) {
            Some(cleaned) => Cow::Owned(cleaned),
            None => text,
        }
    }

    /// The same for a body. One that holds no secret is kept byte for byte.
    pub(crate) fn clean_body(&self, body: &Bytes) -> Bytes {
        match self.clean(&String::from_utf8_lossy(body)) {
            Cow::Owned(cleaned) if cleaned.contains(REDACTED) => Bytes::from(cleaned),
            _ => body.clone(),
        }
    }
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

/// Cuts out each `eyJ…` (base64url of `{"`) that runs on over at least one dot: tokens of others, too.
fn without_tokens(text: &str) -> Option<String> {
    let part_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let token = &rest[start..];
        let end = token.find(|c| !part_of_token(c)).unwrap_or(token.len());
        out.push_str(&rest[..start]);
        out.push_str(if token[..end].contains('.') { REDACTED } else { &token[..end] });
        rest = &token[end..];
    }
    if out.is_empty() && rest.len() == text.len() {
        return None;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_secret_goes() {
        let redactor = Redactor::new(["p@ss w/ord+plus%25&\"q"]);
        for spelling in [
            "p@ss w/ord+plus%25&\"q",
            "p%40ss+w%2Ford%2Bplus%2525%26%22q",
            "p%40ss%20w%2Ford%2Bplus%2525%26%22q",
            "p%40ss+w%2ford%2bplus%2525%26%22q",
            r#"p@ss w/ord+plus%25&\"q"#,
            "cEBzcyB3L29yZCtwbHVzJTI1JiJx",
        ] {
            let echoed = format!("<p>you sent {spelling}!</p>");
            assert_eq!(redactor.clean(&echoed), "<p>you sent [redacted]!</p>", "{spelling}");
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
