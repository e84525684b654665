//! The heads and bodies that Keycloak's answers are made of: every header where its server puts it.

use std::borrow::Cow;

use serde::Serialize;

use super::profile::Rules;
use crate::message::{Framing, Order, Reply, Request};

const PAGE_POLICY: (&str, &str) =
    ("Content-Security-Policy", "frame-src 'self'; frame-ancestors 'self'; object-src 'none';");
/// Which search engines obey: on pages of every release, on all answers of some.
const PAGE_GUARD: (&str, &str) = ("X-Robots-Tag", "none");
pub(super) const JSON: &str = "application/json";

type Header = (Cow<'static, str>, Cow<'static, str>);

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
}

/// How much of its security headers an answer has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Guard {
    /// None: it comes from outside of Keycloak's resources.
    None,
    /// Of an answer without a type: a page's, where the request is a browser's by its form, else none against frames.
    Untyped,
    /// All but the one against frames: its type cannot be framed.
    Unframed,
    Framed,
    /// A page's: the policy too.
    Page,
}

/// What answers to one request have in common.
#[derive(Clone, Copy)]
pub(super) struct Answers<'a> {
    pub(super) rules: &'a Rules,
    pub(super) request: &'a Request,
    /// What pages call the realm: Keycloak where there is none.
    pub(super) realm: &'a str,
}

/// Headers that stand before all others: set by the endpoint while it still worked on the answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Early(Vec<Header>);

impl Early {
    /// RFC 6749 §5.1: what has a token in it must not be stored.
    pub(super) fn unstored() -> Self {
        Self(vec![("Cache-Control".into(), "no-store".into()), ("Pragma".into(), "no-cache".into())])
    }

    pub(super) fn push(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.0.push((name.into(), value.into()));
    }
}

impl Answers<'_> {
    /// RFC 6749 §5.2.
    pub(super) fn error(self, early: Early, status: u16, error: &str, description: &str) -> Reply {
        let description: Cow<'_, str> = if self.rules.strips_controls {
            description.chars().filter(|character| !character.is_control()).collect::<String>().into()
        } else {
            description.into()
        };
        let body = ErrorBody { error, error_description: Some(&description) };
        self.json(early, status).with_json(&body)
    }

    /// An error of one key, whatever the release.
    pub(super) fn bare_error(self, early: Early, status: u16, error: &str) -> Reply {
        self.json(early, status).with_json(&ErrorBody { error, error_description: None })
    }

    /// A head for JSON.
    pub(super) fn json(self, early: Early, status: u16) -> Reply {
        self.compose(early, status, Order::LengthFirst, Guard::Framed, vec![content_type(JSON)])
    }

    /// A JSON document with the caching that its page asks for.
    pub(super) fn document(self, early: Early, caching: &'static str, kind: &'static str) -> Reply {
        let guard = if kind.starts_with(JSON) { Guard::Framed } else { Guard::Unframed };
        let own = vec![("Cache-Control".into(), caching.into()), content_type(kind)];
        self.compose(early, 200, Order::LengthFirst, guard, own)
    }

    /// The answer of introspection: a document that was built otherwise.
    pub(super) fn introspection(self) -> Reply {
        let own = vec![("Cache-Control".into(), "no-cache".into()), content_type(JSON)];
        self.compose(Early::default(), 200, Order::ConnectionFirst, Guard::Framed, own)
    }

    /// No body, and a challenge (RFC 6750 §3).
    pub(super) fn challenge(self, early: Early, status: u16, challenge: String) -> Reply {
        let own =
            vec![content_type("text/plain;charset=utf-8"), ("WWW-Authenticate".into(), challenge.into())];
        self.compose(early, status, Order::ConnectionFirst, Guard::Untyped, own)
    }

    /// What routing itself says: one key of prose, or a page for whoever takes HTML.
    pub(super) fn prose(self, status: u16, text: &str) -> Reply {
        self.say(Early::default(), status, text, Guard::Framed)
    }

    /// The same from outside of everything Keycloak knows.
    pub(super) fn outside(self, status: u16, text: &str) -> Reply {
        self.say(Early::default(), status, text, Guard::None)
    }

    /// Whether it is a browser that asks.
    pub(super) fn takes_pages(self) -> bool {
        self.request.header("accept").is_some_and(|accept| accept.contains("text/html"))
    }

    fn say(self, early: Early, status: u16, text: &str, guard: Guard) -> Reply {
        if self.takes_pages() {
            let guard = if guard == Guard::None { guard } else { Guard::Page };
            let own = vec![content_type("text/html;charset=utf-8")];
            let mut reply = self.compose(early, status, Order::ConnectionFirst, guard, own);
            reply.body = self.page(status).into_bytes();
            return reply;
        }
        let reply = self.compose(early, status, Order::LengthFirst, guard, vec![content_type(JSON)]);
        reply.with_json(&ErrorBody { error: text, error_description: self.rules.prose })
    }

    /// No body: how OPTIONS and a revocation are answered.
    pub(super) fn empty(self, early: Early, status: u16, guard: Guard) -> Reply {
        let mut reply = self.compose(early, status, Order::ConnectionFirst, guard, Vec::new());
        reply.framing = Framing::Lower { after: usize::MAX, order: Order::ConnectionFirst };
        reply
    }

    /// An exception that nobody caught.
    pub(super) fn uncaught(self, early: Early) -> Reply {
        if self.takes_pages() {
            return self.say(early, 500, "", Guard::Page);
        }
        let body = ErrorBody { error: "unknown_error", error_description: Some(self.rules.uncaught) };
        self.json(early, 500).with_json(&body)
    }

    /// A content type that cannot be parsed: the web server's exception.
    pub(super) fn bad_content_type(self, nonce: uuid::Uuid) -> Reply {
        #[derive(Serialize)]
        struct Exception {
            details: String,
            stack: &'static str,
        }
        let Early(mut headers) = Early::unstored();
        headers.push(("content-type".into(), "application/json; charset=utf-8".into()));
        let framing = Framing::Lower { after: usize::MAX, order: Order::ConnectionFirst };
        let reply = Reply { status: 500, headers, body: Vec::new(), framing };
        reply.with_json(&Exception { details: format!("Error id {nonce}-1"), stack: "" })
    }

    /// A path that the web server does not let through.
    pub(super) fn bad_path(self, error: &str, description: &str) -> Reply {
        let framing = Framing::Lower { after: usize::MAX, order: Order::ConnectionFirst };
        let reply = Reply::empty(400, framing).with_header("Content-Type", "application/json; charset=UTF-8");
        reply.with_json(&ErrorBody { error, error_description: Some(description) })
    }

    /// The default theme's words, less its looks.
    fn page(self, status: u16) -> String {
        let text = if status == 404 { "Page not found" } else { "An internal server error has occurred" };
        let (language, realm) = (self.rules.page_language, self.realm);
        let title = self.rules.page_title.map(|title| format!("{title} {realm}")).unwrap_or_default();
        format!(
            "<!DOCTYPE html>\n<html class=\"login-pf\"{language}>\n\n<head>\n    <meta charset=\"utf-8\">\n    \
             <title>{title}</title>\n</head>\n<body><h1>We are sorry...</h1>\n<p class=\"instruction\">{text}</p>\n\
             </body>\n</html>\n"
        )
    }

    /// Early headers, then the two that frame the body, then the rest by the alphabet.
    fn compose(self, early: Early, status: u16, order: Order, guard: Guard, own: Vec<Header>) -> Reply {
        let Early(early) = early;
        let is_form = || {
            let kind = self.request.header("content-type").and_then(|kind| kind.split(';').next());
            kind.is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded")
        };
        let guard = match guard {
            Guard::Untyped if is_form() => Guard::Page,
            Guard::Untyped => Guard::Unframed,
            other => other,
        };
        let (cors, mut headers): (Vec<_>, Vec<_>) =
            early.into_iter().partition(|(name, _)| self.rules.sorts_cors && name.starts_with("Access-"));
        let after = headers.len();
        let mut block = [own, cors].concat();
        let mut add = |(name, value): (&'static str, &'static str)| block.push((name.into(), value.into()));
        if guard != Guard::None {
            add(("Referrer-Policy", "no-referrer"));
            add(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"));
            add(("X-Content-Type-Options", "nosniff"));
            let of_page = (guard == Guard::Page).then_some(PAGE_GUARD);
            of_page
                .into_iter()
                .chain(self.rules.last_guard.filter(|known| Some(*known) != of_page))
                .for_each(&mut add);
        }
        if matches!(guard, Guard::Framed | Guard::Page) {
            add(("X-Frame-Options", "SAMEORIGIN"));
        }
        if guard == Guard::Page {
            add(PAGE_POLICY);
        }
        block.sort_by(|(one, _), (other, _)| one.cmp(other));
        headers.extend(block);
        Reply { status, headers, body: Vec::new(), framing: Framing::Lower { after, order } }
    }
}

fn content_type(kind: &'static str) -> Header {
    ("Content-Type".into(), kind.into())
}
