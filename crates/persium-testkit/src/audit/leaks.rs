//! Where secrets and tokens stand in a request, and whether they belong there.

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

impl Secrets<'_> {
    pub(crate) fn leaks(&self, route: Route, request: &Request) -> Vec<(Invariant, String)> {
        let mut found = Vec::new();
        for (place, text) in places(request) {
            let is_authorization = place.eq_ignore_ascii_case("header authorization");
            let is_credentials = route == Route::Token && (place == "the body" || is_authorization);
            if !is_credentials && self.clients.iter().any(|secret| contains_secret(&text, secret)) {
                found.push((Invariant::SecretStaysHome, format!("the client secret stands in {place}")));
            }
            let is_bearer = route.is_api() && is_authorization;
            if !is_bearer && text.contains("eyJ") && self.contains_token(&text) {
                found.push((Invariant::BearerStaysHome, format!("a token stands in {place}")));
            }
        }
        found
    }

    fn contains_token(&self, text: &str) -> bool {
        // A token's characters are all unreserved: it stands between others.
        let is_other = |character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character));
        text.split(is_other).any(|word| self.ledger.find(word).is_some())
    }
}

/// Every part of a request, named, with its escapes undone.
fn places(request: &Request) -> Vec<(String, String)> {
    let plain = |bytes: &[u8]| decode(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned());
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (format!("header {}", name.to_lowercase()), value.clone()));
    let target = ("the request line".to_owned(), plain(request.target.as_bytes()));
    let body = ("the body".to_owned(), plain(&request.body));
    [target, body].into_iter().chain(headers).collect()
}

fn contains_secret(text: &str, secret: &str) -> bool {
    secret.len() >= SHORTEST && (text.contains(secret) || is_basic(text, secret))
}

fn is_basic(text: &str, secret: &str) -> bool {
    let bytes = text.split_once(' ').and_then(|(_, rest)| STANDARD.decode(rest).ok());
    bytes.is_some_and(|bytes| decode(&bytes).is_ok_and(|pair| pair.ends_with(&format!(":{secret}"))))
}
