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

/// Whether an answer has security headers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Guard {
    /// No: it comes from outside of Keycloak's resources.
    None,
    /// Those that its media type asks for, and the request's.
    ByType,
}

/// What an answer is taken for when its security headers are chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// All but the policy of pages.
    Data,
    /// All of them.
    Page,
    /// What cannot be framed: neither that policy nor the header against frames.
    Other,
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
pub(super) struct Early {
    headers: Vec<Header>,
    /// Those for pages of other origins stay among them in every release.
    is_at_once: bool,
}

impl Early {
    /// RFC 6749 §5.1: what has a token in it must not be stored.
    pub(super) fn unstored() -> Self {
        let mut early = Self::default();
        early.push("Cache-Control", "no-store");
        early.push("Pragma", "no-cache");
        early
    }

    fn with_methods(methods: &'static str) -> Self {
        let mut early = Self::default();
        early.push("Allow", methods);
        early
    }

    /// Of an endpoint that does not wait with them for the answer.
    pub(super) fn at_once(self) -> Self {
        Self { is_at_once: true, ..self }
    }

    pub(super) fn push(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.headers.push((name.into(), value.into()));
    }
}

impl Answers<'_> {
    /// RFC 6749 §5.2.
    pub(super) fn error(self, early: Early, status: u16, error: &str, description: &str) -> Reply {
        let body = ErrorBody { error, error_description: Some(description) };
        self.json(early, status).with_json(&body)
    }

    /// A head for JSON.
    pub(super) fn json(self, early: Early, status: u16) -> Reply {
        self.compose(early, status, Order::LengthFirst, Guard::ByType, vec![content_type(JSON)])
    }

    /// A JSON document with the caching that its page asks for.
    pub(super) fn document(self, early: Early, caching: &'static str, kind: &'static str) -> Reply {
        let own = vec![("Cache-Control".into(), caching.into()), content_type(kind)];
        self.compose(early, 200, Order::LengthFirst, Guard::ByType, own)
    }

    /// The answer of introspection: a document that was built otherwise.
    pub(super) fn introspection(self) -> Reply {
        let own = vec![("Cache-Control".into(), "no-cache".into()), content_type(JSON)];
        self.compose(Early::default(), 200, Order::ConnectionFirst, Guard::ByType, own)
    }

    /// No body, and a challenge (RFC 6750 §3).
    pub(super) fn challenge(self, early: Early, status: u16, challenge: String) -> Reply {
        let own =
            vec![content_type("text/plain;charset=utf-8"), ("WWW-Authenticate".into(), challenge.into())];
        self.compose(early, status, Order::ConnectionFirst, Guard::ByType, own)
    }

    /// What routing itself says: one key of prose, or a page for whoever takes HTML.
    pub(super) fn prose(self, status: u16, text: &str) -> Reply {
        self.interrupted(Early::default(), status, text)
    }

    /// The same from within an endpoint, which has set headers already.
    pub(super) fn interrupted(self, early: Early, status: u16, text: &str) -> Reply {
        self.say(early, status, text, Guard::ByType)
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

    /// What OPTIONS of a resource is told that has no method for it.
    pub(super) fn allow(self, methods: &'static str) -> Reply {
        self.empty(Early::with_methods(methods), 200, Guard::ByType)
    }

    /// The same where there is no resource.
    pub(super) fn allow_outside(self, methods: &'static str) -> Reply {
        self.empty(Early::with_methods(methods), 200, Guard::None)
    }

    pub(super) fn redirect(self, location: String) -> Reply {
        let own = vec![("Location".into(), location.into())];
        let mut reply = self.compose(Early::default(), 302, Order::ConnectionFirst, Guard::ByType, own);
        reply.framing = Framing::Lower { after: usize::MAX, order: Order::ConnectionFirst };
        reply
    }

    /// An exception that nobody caught.
    pub(super) fn uncaught(self, early: Early) -> Reply {
        self.fail(early, Guard::ByType)
    }

    /// The same from outside of everything Keycloak knows.
    pub(super) fn uncaught_outside(self) -> Reply {
        self.fail(Early::default(), Guard::None)
    }

    fn fail(self, early: Early, guard: Guard) -> Reply {
        if self.takes_pages() {
            return self.say(early, 500, "", guard);
        }
        let body = ErrorBody { error: "unknown_error", error_description: Some(self.rules.uncaught) };
        self.compose(early, 500, Order::LengthFirst, guard, vec![content_type(JSON)]).with_json(&body)
    }

    /// A content type that cannot be parsed: the web server's exception.
    pub(super) fn bad_content_type(self, nonce: uuid::Uuid) -> Reply {
        #[derive(Serialize)]
        struct Exception {
            details: String,
            stack: &'static str,
        }
        let Early { mut headers, .. } = Early::unstored();
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
        let sorts_cors = self.rules.sorts_cors && !early.is_at_once;
        let kind = (guard == Guard::ByType).then(|| self.kind(&own));
        let (cors, mut headers): (Vec<_>, Vec<_>) =
            early.headers.into_iter().partition(|(name, _)| sorts_cors && name.starts_with("Access-"));
        let after = headers.len();
        let mut block = [own, cors].concat();
        let mut add = |(name, value): (&'static str, &'static str)| block.push((name.into(), value.into()));
        if kind.is_some() {
            add(("Referrer-Policy", "no-referrer"));
            add(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"));
            add(("X-Content-Type-Options", "nosniff"));
            let of_page = (kind == Some(Kind::Page)).then_some(PAGE_GUARD);
            of_page
                .into_iter()
                .chain(self.rules.last_guard.filter(|known| Some(*known) != of_page))
                .for_each(&mut add);
        }
        if matches!(kind, Some(Kind::Data | Kind::Page)) {
            add(("X-Frame-Options", "SAMEORIGIN"));
        }
        if kind == Some(Kind::Page) {
            add(PAGE_POLICY);
        }
        block.sort_by(|(one, _), (other, _)| one.cmp(other));
        headers.extend(block);
        Reply { status, headers, body: Vec::new(), framing: Framing::Lower { after, order } }
    }

    /// The answer's own type decides, and where it has none the request's; what is no data is a page's to whoever sent a form.
    fn kind(self, own: &[Header]) -> Kind {
        let own = own.iter().find(|(name, _)| name == "Content-Type").map(|(_, value)| &**value);
        let asked = self.request.header("content-type");
        if ["application/json", "application/xml"].iter().any(|data| is_of(own.or(asked), data)) {
            Kind::Data
        } else if is_of(own, "text/html") || asked.is_some_and(is_form) {
            Kind::Page
        } else {
            Kind::Other
        }
    }
}

pub(super) fn is_form(media_type: &str) -> bool {
    is_of(Some(media_type), "application/x-www-form-urlencoded")
}

/// Whether a type, less its parameters, is that one. A blank before the semicolon is taken for a letter of it.
fn is_of(media_type: Option<&str>, known: &str) -> bool {
    let essence = media_type.and_then(|media_type| media_type.split(';').next());
    essence.is_some_and(|essence| essence.trim_start().eq_ignore_ascii_case(known))
}

fn content_type(kind: &'static str) -> Header {
    ("Content-Type".into(), kind.into())
}
