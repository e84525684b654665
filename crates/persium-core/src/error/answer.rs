//! What an error rests on: who was asked what, and what they said.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use super::circumstances::Circumstances;
use crate::line::one_line;
use crate::secret::Redactor;
use crate::wire::{Origin, Response, RetryAfter, http_date};

/// Which of the two configured origins was asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Peer {
    TokenEndpoint,
    Api,
}

/// An exchange, as far as an error tells of it. Redacted when it is made.
pub(crate) struct Answer {
    pub(crate) peer: Peer,
    /// Method and URI.
    pub(crate) endpoint: String,
    pub(crate) status: Option<StatusCode>,
    /// RFC 6749 section 5.2.
    pub(crate) code: Option<String>,
    /// The server's words: one line, cut short.
    pub(crate) message: Option<String>,
    pub(crate) body: Option<Bytes>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// What else of the head tells who answered, and why.
    pub(crate) head: Head,
    pub(crate) circumstances: Option<Box<Circumstances>>,
}

/// Where a redirect leads, without its query.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lead<'a> {
    /// To the origin that was asked.
    Within(&'a str),
    /// To another one, or nobody can say where.
    Elsewhere(&'a str),
}

/// Headers of an answer: one line each, redacted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    /// `WWW-Authenticate` (RFC 9110 section 11.6.1).
    pub(crate) challenge: Option<String>,
    pub(crate) location: Option<String>,
    /// `Date`, as it was sent.
    pub(crate) date: Option<String>,
    pub(crate) server: Option<String>,
    pub(crate) via: Option<String>,
}

impl Head {
    fn new(headers: &HeaderMap, redactor: &Redactor) -> Self {
        let header = |name| header(headers, name, redactor);
        Self {
            challenge: header("www-authenticate"),
            location: header("location"),
            date: header("date"),
            server: header("server"),
            via: header("via"),
        }
    }

    /// What `Date` says, since the Unix epoch.
    pub(crate) fn time(&self) -> Option<Duration> {
        http_date(self.date.as_deref()?)
    }
}

/// The longest body an error keeps, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The longest line of a server's words that an error shows, in characters.
const MAX_MESSAGE: usize = 200;

impl Answer {
    /// About a request, before anything came back.
    pub(crate) fn new(
        peer: Peer,
        method: &Method,
        uri: &Uri,
        circumstances: impl Into<Option<Circumstances>>,
    ) -> Self {
        Self {
            peer,
            endpoint: format!("{method} {uri}"),
            status: None,
            code: None,
            message: None,
            body: None,
            request_id: None,
            retry_after: None,
            head: Head::default(),
            circumstances: circumstances.into().map(Box::new),
        }
    }

    pub(crate) fn with_response(self, response: &Response, redactor: &Redactor) -> Self {
        // Cut first: what is long costs time, and a secret that is cut in two goes by its pieces.
        let body = response.body();
        let body = redactor.clean_body(&body.slice(..body.len().min(MAX_BODY)));
        let (code, message) = words(&body, response.status());
        Self {
            status: Some(response.status()),
            code,
            message,
            body: Some(body),
            request_id: header(response.headers(), "x-request-id", redactor),
            retry_after: RetryAfter::parse(response.headers()).and_then(RetryAfter::relative),
            head: Head::new(response.headers(), redactor),
            ..self
        }
    }

    /// Where a redirect leads.
    pub(crate) fn leads_to(&self) -> Option<Lead<'_>> {
        let to = self
            .head
            .location
            .as_deref()
            .filter(|_| self.status.is_some_and(|status| status.is_redirection()))?;
        // What follows the path may be anybody's session.
        let to = &to[..to.find(['?', '#']).unwrap_or(to.len())];
        let asked: Uri = self.endpoint.split_once(' ')?.1.parse().ok()?;
        // RFC 3986 section 4.2: a reference that begins with two slashes names a host, and no scheme.
        let absolute = match to.split_once("//") {
            Some(("", _)) => format!("{}:{to}", asked.scheme_str()?),
            Some((scheme, _)) if scheme.ends_with(':') => to.to_owned(),
            Some(_) | None => return Some(Lead::Within(to)),
        };
        let is_within = absolute.parse().is_ok_and(|uri: Uri| Origin::of(&uri) == Origin::of(&asked));
        Some(if is_within { Lead::Within(to) } else { Lead::Elsewhere(to) })
    }

    /// The same without the body's words, which may be a token; a page is none, and is kept.
    pub(crate) fn with_success(self, response: &Response, redactor: &Redactor) -> Self {
        let is_page = response.body().trim_ascii_start().starts_with(b"<");
        let whole = self.with_response(response, redactor);
        if is_page { whole } else { Self { code: None, message: None, body: None, ..whole } }
    }
}

/// Shows the body's length alone: it is kept for the support report, not for logs.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, endpoint, status, code, message, body, request_id, retry_after, .. } = self;
        f.debug_struct("Answer")
            .field("peer", peer)
            .field("endpoint", endpoint)
            .field("status", status)
            .field("code", code)
            .field("message", message)
            .field("body_length", &body.as_ref().map(Bytes::len))
            .field("request_id", request_id)
            .field("retry_after", retry_after)
            .finish_non_exhaustive()
    }
}

fn header(headers: &HeaderMap, name: &str, redactor: &Redactor) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(line(&redactor.clean(value)))
}

/// Code and message of a body. Persium: `{"error": one string}`. Keycloak: `{"error": code, "error_description": …}`,
/// or `{"error": prose}`. Anything else is shown by how it begins.
fn words(body: &[u8], status: StatusCode) -> (Option<String>, Option<String>) {
    #[derive(serde::Deserialize)]
    struct Wire {
        error: String,
        error_description: Option<String>,
    }
    match serde_json::from_slice(body) {
        Ok(Wire { error, error_description: Some(description) }) => {
            (Some(line(&error)), Some(line(&description)))
        }
        // A code has no space (RFC 6749 allows one, nobody uses it); the API's single string is prose.
        Ok(Wire { error, error_description: None }) if error.contains('_') && !error.contains(' ') => {
            (Some(line(&error)), None)
        }
        Ok(Wire { error, error_description: None }) => (None, Some(line(&error))),
        Err(_) => {
            let text = String::from_utf8_lossy(&body[..body.len().min(MAX_BODY)]);
            // The status is said beside it.
            let said = [Some(status.to_string()), status.canonical_reason().map(str::to_owned)];
            let text = line(&without_tags(&text, said.into_iter().flatten().collect()));
            (None, Some(text).filter(|text| !text.is_empty()))
        }
    }
}

/// A page without its markup and without what was `said` before: its heading mostly says what its title does.
fn without_tags(text: &str, mut said: Vec<String>) -> String {
    let (mut words, mut length) = (Vec::new(), 0);
    let mut rest = Some(text);
    // No more is shown than that, and of a page of nothing but tags no more is compared.
    while let Some(text) = rest.filter(|_| length <= MAX_MESSAGE) {
        let (before, tag) = text.split_once('<').map_or((text, None), |(before, tag)| (before, Some(tag)));
        let piece = line(before);
        if !said.contains(&piece) {
            length += piece.chars().count();
            words.push(piece.clone());
            said.push(piece);
        }
        rest = tag.map(|tag| tag.split_once('>').map_or("", |(_, after)| after));
    }
    words.join(" ")
}

fn line(text: &str) -> String {
    one_line(text, MAX_MESSAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_redirect_leads_is_told_without_its_query() {
        let asked = Uri::from_static("https://id.test:8443/realms/m2m/token?x=1");
        let table = [
            ("/login", Some(Lead::Within("/login"))),
            ("login?session=1", Some(Lead::Within("login"))),
            ("https://id.test:8443/x?a#b", Some(Lead::Within("https://id.test:8443/x"))),
            ("https://id.test/x", Some(Lead::Elsewhere("https://id.test/x"))),
            ("http://id.test:8443/x", Some(Lead::Elsewhere("http://id.test:8443/x"))),
            ("https://evil.test/x", Some(Lead::Elsewhere("https://evil.test/x"))),
            ("//evil.test/x", Some(Lead::Elsewhere("//evil.test/x"))),
            ("//id.test:8443/x", Some(Lead::Within("//id.test:8443/x"))),
            ("https://ID.test:08443/x", Some(Lead::Within("https://ID.test:08443/x"))),
            ("/a//b", Some(Lead::Within("/a//b"))),
            ("https://[", Some(Lead::Elsewhere("https://["))),
        ];
        let answered = |status: u16, to: &str| {
            let response = http::Response::builder().status(status).header("Location", to).body(Bytes::new());
            let answer = Answer::new(Peer::TokenEndpoint, &Method::POST, &asked, None);
            answer.with_response(&response.unwrap(), &Redactor::new([]))
        };
        for (to, lead) in table {
            assert_eq!(answered(302, to).leads_to(), lead, "{to}");
        }
        assert_eq!(answered(201, "https://evil.test/x").leads_to(), None, "that is where something was made");
    }

    #[test]
    fn the_words_of_every_server_are_found() {
        let nginx = "<html><head><title>503 Service Temporarily Unavailable</title></head><body>\
                     <h1>503 Service Temporarily Unavailable</h1><hr>nginx</body></html>";
        let table: [(&str, Option<&str>, Option<&str>); 10] = [
            (r#"{"error":"station not found"}"#, None, Some("station not found")),
            (
                r#"{"error":"unauthorized_client","error_description":"Invalid"}"#,
                Some("unauthorized_client"),
                Some("Invalid"),
            ),
            (r#"{"error":"Realm does not exist"}"#, None, Some("Realm does not exist")),
            (r#"{"error":"invalid_client"}"#, Some("invalid_client"), None),
            ("<html><h1>502 Bad\n Gateway</h1><!-- x -->", None, None),
            ("<title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>nginx", None, Some("nginx")),
            (nginx, None, Some("503 Service Temporarily Unavailable nginx")),
            ("", None, None),
            ("Bad Gateway", None, None),
            ("a\u{7}\r\nb", None, Some("a b")),
        ];
        for (body, code, message) in table {
            let found = words(body.as_bytes(), StatusCode::BAD_GATEWAY);
            assert_eq!((found.0.as_deref(), found.1.as_deref()), (code, message), "{body}");
        }
    }
}
