//! The search for secrets in what the tests print.

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use crate::log;

/// The secret of the testkit's first client, which most tests use.
pub(crate) const KIT_SECRET: &str = "persium-testkit-client-secret-0b5e7d3c";

/// What must not be printed, in every form that a careless line could print it.
#[derive(Debug)]
pub(crate) struct Needles(Vec<Needle>);

#[derive(Debug)]
struct Needle {
    form: Form,
    text: String,
}

/// How a secret was spelled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Plain,
    PercentEncoded,
    Base64,
    Bytes,
    Token,
}

/// A secret that was printed. Says where and how, never what.
#[derive(Debug, Eq, PartialEq)]
struct Leak {
    line: usize,
    form: Form,
}

impl Needles {
    /// The secrets as they are and as headers, forms and `Debug` would show them.
    pub(crate) fn of<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let mut needles = Vec::new();
        for secret in secrets {
            let secret = secret.as_ref();
            let mut add = |form, text: String| needles.push(Needle { form, text });
            add(Form::Plain, secret.to_owned());
            add(Form::PercentEncoded, percent_encoded(secret));
            add(Form::PercentEncoded, percent_encoded(secret).replace("%20", "+"));
            add(Form::Bytes, format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).to_owned());
            for before in 0..3 {
                add(Form::Base64, base64_within(secret, before, &BASE64_STANDARD_NO_PAD));
                add(Form::Base64, base64_within(secret, before, &BASE64_URL_SAFE_NO_PAD));
            }
        }
        Self(needles)
    }
}

/// An error that tells where `log` holds a needle or a token, if it does.
pub(crate) fn expect_none(log: &Path, needles: &Needles) -> Result<()> {
    let leaks = scan(&log::read(log)?, needles);
    if !leaks.is_empty() {
        let lines: Vec<_> =
            leaks.iter().map(|leak| format!("{}:{}: {}", log.display(), leak.line, leak.form)).collect();
        bail!("secrets were printed\n{}", lines.join("\n"));
    }
    Ok(())
}

fn scan(text: &str, needles: &Needles) -> Vec<Leak> {
    let mut leaks = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let found = needles.0.iter().find(|needle| line.contains(&needle.text)).map(|needle| needle.form);
        if let Some(form) = found.or_else(|| holds_token(line).then_some(Form::Token)) {
            leaks.push(Leak { line: number, form });
        }
    }
    leaks
}

/// Whether three parts of base64url stand there with dots between them, the first a JSON object: a JWT.
fn holds_token(line: &str) -> bool {
    let mut words = line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    words.any(|word| {
        let mut parts = word.split('.').skip_while(|part| !part.contains("eyJ"));
        parts.next().is_some()
            && parts.next().is_some_and(|claims| claims.starts_with("eyJ"))
            && parts.next().is_some()
    })
}

fn percent_encoded(secret: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    secret.bytes().map(encode).collect()
}

/// What base64 makes of `secret` whatever stands around it, `before` bytes past a group of three in front.
fn base64_within(secret: &str, before: usize, alphabet: &impl Engine) -> String {
    let encoded = alphabet.encode([&vec![0; before], secret.as_bytes()].concat());
    // A character holds six bits: those that share bits with a neighbour say nothing about the secret alone.
    let first = (before * 8).div_ceil(6);
    let last = (before + secret.len()) * 8 / 6;
    encoded[first..last].to_owned()
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "a client secret",
            Self::PercentEncoded => "a client secret, percent-encoded",
            Self::Base64 => "a client secret, in base64",
            Self::Bytes => "a client secret, as numbers",
            Self::Token => "a token",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "p@ss w/ord+plus";

    fn found(line: &str) -> Option<Form> {
        let text = format!("test a ... ok\n{line}\ntest b ... ok\n");
        let leaks = scan(&text, &Needles::of([SECRET]));
        assert!(leaks.iter().all(|leak| leak.line == 2), "{leaks:?}");
        leaks.first().map(|leak| leak.form)
    }

    #[test]
    fn the_secret_looked_for_is_the_testkits() {
        assert_eq!(KIT_SECRET, persium_testkit::CLIENT_SECRET);
    }

    #[test]
    fn a_planted_secret_is_found_in_every_form() {
        assert_eq!(found(&format!("client_secret = {SECRET:?}")), Some(Form::Plain));
        assert_eq!(found("client_secret=p%40ss%20w%2Ford%2Bplus&x=1"), Some(Form::PercentEncoded));
        assert_eq!(found("client_secret=p%40ss+w%2Ford%2Bplus&x=1"), Some(Form::PercentEncoded));
        assert_eq!(found(&format!("{:?}", SECRET.as_bytes())), Some(Form::Bytes));
    }

    #[test]
    fn a_secret_within_a_basic_header_is_found_wherever_it_begins() {
        for client in ["a", "ab", "abc"] {
            let header = BASE64_STANDARD_NO_PAD.encode(format!("{client}:{SECRET}"));
            assert_eq!(found(&format!("authorization: Basic {header}")), Some(Form::Base64));
        }
    }

    #[test]
    fn a_planted_token_is_found() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
        assert_eq!(found(&format!("authorization: Bearer {token}")), Some(Form::Token));
        assert_eq!(found(&format!("{{\"access_token\":\"{token}\"}}")), Some(Form::Token));
        assert_eq!(found(&format!("host.example.{token}")), Some(Form::Token));
    }

    #[test]
    fn what_only_resembles_a_secret_is_left_alone() {
        for line in
            ["client_secret: Secret(..)", "eyJhbGciOiJSUzI1NiJ9", "a.b.c", "persium_core::token::tests"]
        {
            assert_eq!(found(line), None, "{line}");
        }
    }

    #[test]
    fn a_leak_is_reported_by_its_place_and_not_repeated() {
        let log = std::env::temp_dir().join(format!("xtask-leak-{}.log", std::process::id()));
        std::fs::write(&log, format!("fine\n{SECRET}\n")).unwrap();
        let error = expect_none(&log, &Needles::of([SECRET])).unwrap_err().to_string();
        std::fs::remove_file(&log).unwrap();
        assert!(error.contains(".log:2: a client secret") && !error.contains(SECRET), "{error}");
    }
}
