//! Where secrets and tokens stand in a request, and whether they belong there.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Invariant;
use crate::form::decode;
use crate::ledger::Ledger;
use crate::message::Request;
use crate::route::Route;

/// What must not be found where it does not belong.
pub(crate) struct Secrets<'a> {
    /// Secrets of the kit's clients.
    pub(crate) clients: Vec<&'a str>,
    pub(crate) ledger: &'a Ledger,
}

/// A secret shorter than this is found in anything.
const SHORTEST: usize = 6;

/// A part of a request.
#[derive(Clone, Copy)]
enum Place<'a> {
    RequestLine,
    Body,
    Header(&'a str),
}

impl Secrets<'_> {
    pub(crate) fn leaks(&self, route: Route, request: &Request) -> Vec<(Invariant, String)> {
        let mut found = Vec::new();
        let is_asked = |leaves: &[&str]| {
            route == Route::Keycloak && leaves.iter().any(|leaf| request.path().ends_with(leaf))
        };
        // RFC 7662 §2.1 and RFC 7009 §2.1: credentials as at the token endpoint, and the token beside them.
        let (is_about_token, is_userinfo) =
            (is_asked(&["/token/introspect", "/revoke"]), is_asked(&["/userinfo"]));
        for (place, text) in places(request) {
            let is_body = matches!(place, Place::Body);
            let is_credentials =
                (route == Route::Token || is_about_token) && (is_body || place.is_authorization());
            if !is_credentials && self.contains_secret(&text) {
                found.push((Invariant::SecretStaysHome, format!("the client secret stands in {place}")));
            }
            let is_bearer = (route.is_api() || is_userinfo) && place.is_authorization()
                || (is_about_token || is_userinfo) && is_body;
            if !is_bearer && text.contains("eyJ") && self.contains_token(&text) {
                found.push((Invariant::BearerStaysHome, format!("a token stands in {place}")));
            }
        }
        found
    }

    fn contains_secret(&self, text: &str) -> bool {
        let basic = text.split_once(' ').and_then(|(_, rest)| STANDARD.decode(rest).ok());
        let pair = basic.and_then(|bytes| decode(&bytes).ok()).unwrap_or_default();
        let is_password = |secret| pair.strip_suffix(secret).is_some_and(|user| user.ends_with(':'));
        let mut secrets = self.clients.iter().filter(|secret| secret.len() >= SHORTEST);
        secrets.any(|secret| text.contains(secret) || is_password(secret))
    }

    fn contains_token(&self, text: &str) -> bool {
        // A token's characters are all unreserved: it stands between others.
        let is_other = |character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character));
        text.split(is_other).any(|word| self.ledger.find(word).is_some())
    }
}

impl Place<'_> {
    fn is_authorization(self) -> bool {
        matches!(self, Self::Header(name) if name.eq_ignore_ascii_case("authorization"))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestLine => f.write_str("the request line"),
            Self::Body => f.write_str("the body"),
            Self::Header(name) => write!(f, "header {}", name.to_lowercase()),
        }
    }
}

/// Every part of a request, its escapes undone.
fn places(request: &Request) -> impl Iterator<Item = (Place<'_>, Cow<'_, str>)> {
    let headers = request.headers.iter().map(|(name, value)| (Place::Header(name), Cow::from(value)));
    let target = (Place::RequestLine, plain(request.target.as_bytes()));
    let body = (Place::Body, plain(&request.body));
    [target, body].into_iter().chain(headers)
}

fn plain(bytes: &[u8]) -> Cow<'_, str> {
    let has_escapes = bytes.iter().any(|byte| matches!(byte, b'%' | b'+'));
    let decoded = has_escapes.then(|| decode(bytes).ok()).flatten();
    decoded.map_or_else(|| String::from_utf8_lossy(bytes), Cow::from)
}
