//! Takes secrets and tokens out of what the journal keeps.

use crate::form::decode;
use crate::ledger::Ledger;
use crate::message::Request;

/// Knows what is secret.
pub(crate) struct Redactor<'a> {
    pub(crate) secrets: Vec<&'a str>,
    pub(crate) ledger: &'a Ledger,
}

impl Redactor<'_> {
    pub(crate) fn headers(&self, request: &Request) -> Vec<(String, String)> {
        let redacted = |(name, value): &(String, String)| {
            let is_credential =
                name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("cookie");
            (self.text(name), if is_credential { self.credential(value) } else { self.text(value) })
        };
        request.headers.iter().map(redacted).collect()
    }

    /// A body or a target: known secrets, the values of fields that hold one, and whatever looks like a token.
    pub(crate) fn text(&self, text: &str) -> String {
        // Most of what comes has neither pairs nor tokens, and is copied once.
        let mut text: String = if text.contains('=') || text.contains("eyJ") {
            text.split_inclusive(['&', '?']).map(|pair| self.pair(pair)).collect()
        } else {
            text.to_owned()
        };
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            if text.contains(secret) {
                text = text.replace(secret, "<secret>");
            }
        }
        text
    }

    /// Scheme and kind of an `Authorization`; what has no scheme is the credential itself.
    fn credential(&self, value: &str) -> String {
        let is_scheme = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let (scheme, rest) = match value.split_once(' ') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, value),
        };
        let kind = match self.ledger.find(rest) {
            Some(token) => format!("<token {}>", token.serial),
            None => format!("<{} bytes>", rest.len()),
        };
        scheme.map_or(kind.clone(), |scheme| format!("{} {kind}", self.text(scheme)))
    }

    fn pair(&self, pair: &str) -> String {
        let (body, end) = match pair.char_indices().last() {
            Some((at, '&' | '?')) => pair.split_at(at),
            _ => (pair, ""),
        };
        let Some((key, value)) = body.split_once('=') else { return self.words(body) + end };
        let plain = decode(value.as_bytes()).unwrap_or_default();
        let is_secret =
            matches!(key, "client_secret" | "password" | "client_assertion" | "refresh_token" | "token")
                || self.secrets.contains(&plain.as_str());
        let value = if is_secret { "<redacted>".to_owned() } else { self.words(value) };
        format!("{}={value}{end}", self.words(key))
    }

    /// Names what looks like a JSON Web Token: from `eyJ` (base64url of `{"`) to the end of the word, with two dots.
    fn words(&self, text: &str) -> String {
        let is_other = |character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character));
        let mut redacted = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("eyJ") {
            let end = rest[start..].find(is_other).map_or(rest.len(), |length| start + length);
            let token = &rest[start..end];
            redacted.push_str(&rest[..start]);
            match self.ledger.find(token) {
                Some(token) => redacted.push_str(&format!("<token {}>", token.serial)),
                None if token.matches('.').count() < 2 => redacted.push_str(token),
                None => redacted.push_str(&format!("<token of {} bytes>", token.len())),
            }
            rest = &rest[end..];
        }
        redacted + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_tokens_are_named_and_not_shown() {
        let ledger = Ledger::default();
        let redactor = Redactor { secrets: vec!["pa ss"], ledger: &ledger };
        assert_eq!(redactor.text("a=1&client_secret=x%20y&b=2"), "a=1&client_secret=<redacted>&b=2");
        assert_eq!(redactor.text("/x?note=pa+ss"), "/x?note=<redacted>");
        assert_eq!(redactor.text("{\"t\":\"eyJh.eyJi.c\"}"), "{\"t\":\"<token of 11 bytes>\"}");
        assert_eq!(redactor.text("/a/xeyJh.eyJi.c.d?eyJh"), "/a/x<token of 13 bytes>?eyJh");
        assert_eq!(redactor.credential("Basic Z29vZDpzM2NyZXQ="), "Basic <16 bytes>");
        assert_eq!(redactor.credential("without-a-scheme"), "<16 bytes>");
        assert_eq!(redactor.credential("session=abc; other=d"), "<20 bytes>");
        assert_eq!(redactor.text("my pa ss word"), "my <secret> word");
    }
}
