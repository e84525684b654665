//! Requests and replies as plain values, between the pure logic and the sockets.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::Serialize;

/// What arrived, whole.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As it stood in the request line: path and query, nothing decoded.
    pub(crate) target: String,
    /// As spelled and ordered on the wire.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// HTTP/1.0: the connection ends with the answer (RFC 9112 §9.3).
    pub(crate) is_http_1_0: bool,
    pub(crate) is_tls: bool,
    pub(crate) peer: IpAddr,
}

impl Request {
    /// The first header of that name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        let target = self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path);
        // RFC 9112 §3.2.2: a server MUST accept the absolute form.
        let Some((_, rest)) = target.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"))
        else {
            return target;
        };
        rest.find('/').map_or("/", |at| &rest[at..])
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// Scheme and authority as the client wrote them: what Keycloak builds its issuer from.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.header("host").unwrap_or("localhost"))
    }
}

/// What is to be sent back. Header names go out as spelled and ordered here.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    pub(crate) body: Vec<u8>,
    /// How the head's own fields are spelled: Keycloak writes `content-length`, Go `Content-Length`.
    pub(crate) framing: Framing,
}

/// Where `Content-Length` and `Connection` stand in the head, and how they are spelled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Framing {
    /// In lower case, after so many of the reply's own headers. The answer to HEAD has no length.
    Lower { after: usize, order: Order },
    /// In title case, after all of them.
    Title,
}

/// Which of the two comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    LengthFirst,
    ConnectionFirst,
}

impl Framing {
    /// In lower case, after all headers.
    pub(crate) const LOWER: Self = Self::Lower { after: usize::MAX, order: Order::LengthFirst };
}

impl Reply {
    pub(crate) fn empty(status: u16, framing: Framing) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), framing }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    pub(crate) fn with_json(mut self, value: &impl Serialize) -> Self {
        self.body = json(value);
        self
    }
}

/// The JSON text of one of the kit's own values.
pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("the kit's own documents have string keys and finite numbers")
}
