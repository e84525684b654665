//! Keycloak's side of the fake: which document or endpoint a path leads to.
//!
//! Built from its rules (order of checks, statuses, texts, headers), not from recorded answers.

mod answer;
mod credentials;
mod documents;
mod grant;
mod profile;
mod realm;
mod token;

pub use profile::Profile;
pub use realm::{Realm, RealmClient, RealmClientKind, TlsRequired};

pub(crate) use credentials::presented;
pub(crate) use grant::Minted;

use persium_core::Now;

use crate::keys::KeyRing;
use crate::message::{Reply, Request};

/// What a request to Keycloak may see. Nothing in it changes by a request: what a grant gave is in its outcome.
pub(crate) struct Keycloak<'a> {
    pub(crate) now: Now,
    pub(crate) profile: Profile,
    /// What its paths begin with.
    pub(crate) path: &'a str,
    /// Whether the halves of a Basic header are not percent-decoded.
    pub(crate) takes_basic_raw: bool,
    pub(crate) realms: &'a [Realm],
    pub(crate) keys: &'a KeyRing,
    /// For uuids: unique to this request.
    pub(crate) nonce: u64,
    /// Bytes to fill tokens up with; zero for tokens of their natural size.
    pub(crate) padding: usize,
}

/// The answer to a request, and the token that went out with it.
pub(crate) struct Granted {
    pub(crate) reply: Reply,
    pub(crate) minted: Option<Minted>,
}

impl From<Reply> for Granted {
    fn from(reply: Reply) -> Self {
        Self { reply, minted: None }
    }
}

/// Where in a realm a path leads.
enum Place {
    Page,
    Discovery,
    Token,
    Certs,
    /// A protocol that is not there.
    WrongProtocol,
    /// A leaf that the protocol does not have.
    Nothing,
}

impl Keycloak<'_> {
    /// Answers any request below `/`.
    pub(crate) fn handle(&self, request: &Request) -> Granted {
        let path = request.path();
        if self.profile.insists_on_normal_paths() && !is_normal(path) {
            return answer::not_normalized().into();
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let Some((realm, rest)) = path
            .strip_prefix(self.path)
            .and_then(|path| path.strip_prefix("/realms/"))
            .map(|path| path.split_once('/').unwrap_or((path, "")))
        else {
            return answer::no_such_resource().into();
        };
        let Some(place) = place(rest) else {
            return answer::prose(request, 404, "HTTP 404 Not Found").into();
        };
        if matches!(place, Place::Token) && request.method == "POST" {
            return self.token(request, realm);
        }
        let Some(realm) = self.realm(realm) else {
            return answer::prose(request, 404, "Realm does not exist").into();
        };
        self.document(request, realm, place).into()
    }

    fn document(&self, request: &Request, realm: &Realm, place: Place) -> Reply {
        let is_get = request.method == "GET";
        match place {
            Place::WrongProtocol => answer::prose(request, 404, "Protocol not found"),
            Place::Token => answer::prose(request, 405, "HTTP 405 Method Not Allowed"),
            Place::Nothing if request.method == "POST" => {
                answer::prose(request, 405, "HTTP 405 Method Not Allowed")
            }
            Place::Page if is_get => documents::page(&self.issuer(request, realm), realm, self.keys),
            _ if !is_get => answer::prose(request, 404, "HTTP 404 Not Found"),
            Place::Discovery | Place::Certs if realm.refuses_plain(request) => {
                answer::error(403, "invalid_request", "HTTPS required")
            }
            Place::Discovery => documents::discovery(self.issuer(request, realm)),
            Place::Certs => documents::certs(self.keys),
            Place::Page | Place::Nothing => answer::prose(request, 404, "HTTP 404 Not Found"),
        }
    }

    /// What names a realm to the world: from the request's own host, as Keycloak does unless told of another.
    fn issuer(&self, request: &Request, realm: &Realm) -> String {
        format!("{}{}/realms/{}", request.origin(), self.path, realm.name())
    }

    fn realm(&self, name: &str) -> Option<&Realm> {
        self.realms.iter().find(|realm| realm.name() == name)
    }
}

fn place(rest: &str) -> Option<Place> {
    let place = match rest {
        "" => Place::Page,
        ".well-known/openid-configuration" => Place::Discovery,
        _ => match rest.strip_prefix("protocol/")?.split_once('/') {
            Some(("openid-connect", "token")) => Place::Token,
            Some(("openid-connect", "certs")) => Place::Certs,
            Some(("openid-connect", _)) => Place::Nothing,
            _ => Place::WrongProtocol,
        },
    };
    Some(place)
}

/// Whether a path is as RFC 3986 §6.2.2 would have it: no empty or dot segments, nothing escaped without need.
fn is_normal(path: &str) -> bool {
    let has_dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    let is_needless = |escape: &[u8]| {
        let byte = std::str::from_utf8(escape).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    let mut escapes = path.as_bytes().windows(3).filter(|window| window[0] == b'%');
    !path.contains("//") && !has_dots && !escapes.any(|escape| is_needless(&escape[1..]))
}

#[cfg(test)]
mod tests;
