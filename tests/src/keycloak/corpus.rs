//! Requests that a real Keycloak and the fake are both sent: `tests/keycloak/corpus`.
//!
//! The files have the form that editors' HTTP clients know. `### a name` begins a request; then come its line, its headers, and
//! after a blank line its body. A path that does not begin with a slash is below the realm `persium`'s protocol. `Host`,
//! `Content-Length` and `Connection: close` go without saying. Words in double braces are filled in as it is sent:
//!
//! | | |
//! |---|---|
//! | `{{basic USER:PASSWORD}}` | in base64 |
//! | `{{bytes HEX}}` | bytes that are no text |
//! | `{{access CLIENT}}`, `{{access CLIENT SCOPE}}` | an access token fresh from the server that the request goes to |
//! | `{{id CLIENT}}`, `{{refresh CLIENT}}` | an id or a refresh token of the same grant |

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// What a path without a leading slash is below.
const PROTOCOL: &str = "/realms/persium/protocol/openid-connect/";
/// The methods whose requests have a length even where they have no body.
const WITH_A_BODY: [&str; 4] = ["POST", "PUT", "PATCH", "BREW"];

/// A request as it stands in the file.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path, as written.
    pub path: String,
    /// Its headers, as written.
    pub headers: Vec<(String, String)>,
    /// Its body, as written; empty where it has none.
    pub body: String,
}

/// A request that has a name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The file's name without its ending.
    pub chapter: String,
    /// Unique within the chapter.
    pub name: String,
    /// The request.
    pub request: Request,
}

/// A token that a request asks for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Wanted<'a> {
    /// The member of the grant's answer.
    pub member: &'static str,
    /// The client of the realm `persium`.
    pub client_id: &'a str,
    /// The scope to ask for.
    pub scope: Option<&'a str>,
}

/// The folder.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("keycloak").join("corpus")
}

/// All of it, in the order of the files.
///
/// # Panics
///
/// Where a file cannot be read, or a request is not one.
#[must_use]
pub fn read() -> Vec<Case> {
    let mut files: Vec<_> = fs::read_dir(folder())
        .expect("the corpus is there")
        .map(|file| file.expect("the folder can be read").path())
        .collect();
    files.sort();
    files.iter().flat_map(|file| chapter(file)).collect()
}

fn chapter(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).expect("a file of the corpus is text");
    let chapter = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    let mut cases = Vec::new();
    for part in text.split("### ").skip(1) {
        let (name, request) = part.split_once('\n').expect("a request follows its name");
        let request = Request::parse(request.trim_end_matches('\n'));
        let request = request.unwrap_or_else(|| panic!("{chapter}: {name}: not a request"));
        cases.push(Case { chapter: chapter.clone(), name: name.to_owned(), request });
    }
    cases
}

impl Request {
    /// Reads what [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, path) = lines.next()?.split_once(' ')?;
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()))
        });
        let headers = headers.collect::<Option<_>>()?;
        Some(Self { method: method.to_owned(), path: path.to_owned(), headers, body: body.to_owned() })
    }

    /// The value of the first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }

    /// The path from the root.
    #[must_use]
    pub fn full_path(&self) -> String {
        if self.path.starts_with('/') { self.path.clone() } else { format!("{PROTOCOL}{}", self.path) }
    }

    /// Its bytes for the server at `authority`, of which `token` has the tokens.
    pub fn bytes(&self, authority: &str, mut token: impl FnMut(Wanted<'_>) -> String) -> Vec<u8> {
        let body = fill(&self.body, &mut token);
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.full_path()).into_bytes();
        let mut header = |name: &str, value: &[u8]| {
            bytes.extend_from_slice(format!("{name}: ").as_bytes());
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        };
        if self.header("host").is_none() {
            header("Host", authority.as_bytes());
        }
        for (name, value) in &self.headers {
            header(name, &fill(value, &mut token));
        }
        let has_framing = self.header("transfer-encoding").or(self.header("content-length")).is_some();
        if !has_framing && (!body.is_empty() || WITH_A_BODY.contains(&self.method.as_str())) {
            header("Content-Length", body.len().to_string().as_bytes());
        }
        header("Connection", b"close");
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        bytes
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (name, value) in &self.headers {
            // No space that nobody sees at the end of a line.
            write!(f, "\n{name}:{}{value}", if value.is_empty() { "" } else { " " })?;
        }
        if self.body.is_empty() { Ok(()) } else { write!(f, "\n\n{}", self.body) }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.chapter, self.name)
    }
}

/// Puts in what the words in braces stand for. Braces that stand for nothing stay.
fn fill(text: &str, token: &mut impl FnMut(Wanted<'_>) -> String) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((before, filled, after)) = next_filled(rest, token) {
        bytes.extend_from_slice(before.as_bytes());
        bytes.extend(filled);
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

fn next_filled<'a>(
    text: &'a str,
    token: &mut impl FnMut(Wanted<'_>) -> String,
) -> Option<(&'a str, Vec<u8>, &'a str)> {
    let (before, rest) = text.split_once("{{")?;
    let (inside, after) = rest.split_once("}}")?;
    let (word, argument) = inside.split_once(' ')?;
    let mut of = |member, scope: Option<&str>| {
        let (client_id, asked) =
            argument.split_once(' ').map_or((argument, None), |(id, scope)| (id, Some(scope)));
        token(Wanted { member, client_id, scope: asked.or(scope) }).into_bytes()
    };
    let filled = match word {
        "basic" => BASE64_STANDARD.encode(argument).into_bytes(),
        "bytes" => unhex(argument)?,
        "access" => of("access_token", None),
        "id" => of("id_token", Some("openid")),
        "refresh" => of("refresh_token", None),
        _ => return None,
    };
    Some((before, filled, after))
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_request_has_a_name_of_its_own_and_reads_as_it_was_written() {
        let corpus = read();
        assert!(corpus.len() >= 150, "{} requests", corpus.len());
        let names: BTreeSet<_> = corpus.iter().map(|case| (&case.chapter, &case.name)).collect();
        assert_eq!(names.len(), corpus.len());
        for Case { request, .. } in &corpus {
            assert_eq!(Request::parse(&request.to_string()).as_ref(), Some(request));
        }
    }

    #[test]
    fn what_stands_in_braces_is_filled_in() {
        let request = Request::parse(
            "POST token\nAuthorization: Basic {{basic a:b}}\n\nx={{bytes ff}}&y={{access c email}}{{z}}",
        );
        let bytes = request.unwrap().bytes("localhost:1", |wanted| wanted.client_id.to_uppercase());
        assert!(bytes.ends_with(b"\r\n\r\nx=\xff&y=C{{z}}"), "{}", String::from_utf8_lossy(&bytes));
        assert!(String::from_utf8_lossy(&bytes).contains("\r\nAuthorization: Basic YTpi\r\n"));
    }
}
