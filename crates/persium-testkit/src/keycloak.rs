//! Keycloak's side of the fake: which document or endpoint a path leads to.
//!
//! Built from its rules (order of checks, statuses, texts, headers), not from recorded answers.

mod account;
mod answer;
mod claims;
mod cors;
mod credentials;
mod discovery;
mod documents;
mod foreign;
mod grant;
mod import;
mod mapper;
mod neighbours;
mod path;
mod profile;
mod realm;
mod scope;
mod shown;
mod token;

pub use import::{RealmError, RealmFile};
pub use profile::{Profile, UnknownProfile};
pub use realm::{Realm, RealmClient, RealmClientKind, TlsRequired};

pub(crate) use credentials::presented;
pub(crate) use grant::Minted;

use std::collections::BTreeSet;

use persium_core::Now;

use crate::form::Form;
use crate::keys::KeyRing;
use crate::message::{Reply, Request};
use answer::{Answers, Early, Guard};
use documents::WellKnown;
use path::{Passed, Place};
use profile::{Release, Rules};

/// What OPTIONS lists where no resource says otherwise.
const EVERY_METHOD: &str = "HEAD, POST, GET, OPTIONS";

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
    /// Tokens and sessions that were ended by their clients, by id.
    pub(crate) ended: &'a BTreeSet<String>,
    /// For uuids: unique to this request.
    pub(crate) nonce: u64,
    /// Bytes to fill tokens up with; zero for tokens of their natural size.
    pub(crate) padding: usize,
}

/// The answer to a request, and what came of it.
pub(crate) struct Granted {
    pub(crate) reply: Reply,
    /// The token that went out with it.
    pub(crate) minted: Option<Minted>,
    /// The id of a token or session that its client ended, and the token that was shown.
    pub(crate) ended: Option<(String, String)>,
}

impl From<Reply> for Granted {
    fn from(reply: Reply) -> Self {
        Self { reply, minted: None, ended: None }
    }
}

impl Keycloak<'_> {
    /// Answers any request that is not the API's.
    pub(crate) fn handle(&self, request: &Request) -> Granted {
        let answers = self.answers(request);
        let (path, is_cursed) = match path::pass(self.rules(), request.path()) {
            Passed::Path(path) => (path, false),
            Passed::Cursed(path) => (path, true),
            Passed::Malformed => return answers.empty(Early::default(), 400, Guard::None).into(),
            Passed::Refused(error, description) => return answers.bad_path(error, description).into(),
        };
        let Some(path) = path.strip_prefix(self.path).filter(|rest| rest.starts_with('/')) else {
            return self.outside(request).into();
        };
        let placed = match path.strip_prefix("/realms/") {
            Some(rest) => path::place(rest),
            None => self.well_known_first(path),
        };
        let Some((name, place)) = placed else { return self.nowhere(request, path).into() };
        let realm = self.realms.iter().find(|realm| realm.name() == name);
        let answers = Answers { realm: realm.map_or(answers.realm, Realm::display_name), ..answers };
        if let Some(reply) = self.unread(answers, realm, place) {
            return reply.into();
        }
        let Some(realm) = realm else { return answers.prose(404, "Realm does not exist").into() };
        let granted = self.at(request, realm, place).unwrap_or_else(Granted::from);
        if is_cursed && granted.minted.is_some() {
            return answers.uncaught(Early::unstored()).into();
        }
        granted
    }

    /// One arm a place and method; what is left is not allowed, or not there.
    fn at(&self, request: &Request, realm: &Realm, place: Place) -> Result<Granted, Reply> {
        let answers = Answers { realm: realm.display_name(), ..self.answers(request) };
        let not_found = || answers.prose(404, "HTTP 404 Not Found");
        let not_allowed = || answers.prose(405, "HTTP 405 Method Not Allowed");
        let has_head = self.rules().answers_head;
        // A resource without a method for OPTIONS.
        let allows = self.rules().release >= Release::R26_4;
        let is_head = request.method == "HEAD";
        let method = if is_head { "GET" } else { request.method.as_str() };
        if let Some(foreign) = foreign::Foreign::of(self.profile).filter(|_| place == Place::Token) {
            return Ok(self.foreign(foreign, request, realm));
        }
        Ok(match (place, method) {
            (Place::WrongProtocol, _) => return Err(answers.prose(404, "Protocol not found")),
            (Place::WellKnown(which) | Place::First(which), "GET") => {
                self.well_known(request, realm, which)?.into()
            }
            (Place::Page, "GET") if has_head || !is_head => self.page(request, realm).into(),
            (Place::Certs, "GET") if has_head || !is_head => self.certs(request, realm)?.into(),
            (Place::Userinfo, "GET") if has_head || !is_head => self.userinfo(request, realm)?.into(),
            (Place::Userinfo, "POST") => self.userinfo(request, realm)?.into(),
            (Place::Token, "POST") => self.token(request, realm),
            (Place::Introspection, "POST") => self.introspection(request, realm)?.into(),
            (Place::Revocation, "POST") => self.revocation(request, realm)?,
            (Place::Certs, "OPTIONS") => answers.preflight("GET").into(),
            (Place::Page | Place::Userinfo, "OPTIONS") => answers.preflight("GET, HEAD, OPTIONS").into(),
            (Place::Token | Place::Revocation, "OPTIONS") => answers.preflight("POST, OPTIONS").into(),
            (Place::Missing(methods), _) if methods.contains(&request.method.as_str()) => {
                return Err(not_found());
            }
            (Place::Introspection, "OPTIONS") if allows => answers.allow("HEAD, POST, OPTIONS").into(),
            (Place::Missing(methods), "OPTIONS") if allows => {
                let takes_get = methods.contains(&"GET");
                answers.allow(if takes_get { EVERY_METHOD } else { "HEAD, POST, OPTIONS" }).into()
            }
            (Place::WellKnown(_) | Place::Nothing, _) => return Err(not_found()),
            _ => return Err(not_allowed()),
        })
    }

    /// RFC 8414 §3: the well-known part before the issuer's path, which Keycloak has for OAuth alone.
    fn well_known_first(&self, path: &str) -> Option<(String, Place)> {
        let rest = path.strip_prefix("/.well-known/").filter(|_| self.rules().release >= Release::R26_4)?;
        let (document, realm) = rest.split_once("/realms/")?;
        let (realm, place) = path::place(realm)?;
        if place != Place::Page {
            return None;
        }
        let place = match document {
            "oauth-authorization-server" => Place::First(WellKnown::OAuth),
            _ => Place::First(WellKnown::OpenId),
        };
        Some((realm, place))
    }

    /// A path below the prefix that leads to no realm.
    fn nowhere(&self, request: &Request, path: &str) -> Reply {
        let answers = self.answers(request);
        let takes_body = request.header("content-type").is_none_or(answer::is_form);
        let has_class = |class: &str| {
            path.strip_prefix(class).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let has_well_known = self.rules().release >= Release::R26_4;
        match (request.method.as_str(), path) {
            ("POST", "/") if !takes_body => {
                answers.outside(415, "The content-type header value did not match the value in @Consumes")
            }
            ("POST", "/") if Form::parse(&request.body).is_err() => answers.uncaught_outside(),
            ("GET" | "HEAD" | "POST", "/") => {
                answers.redirect(format!("{}{}/admin/", request.origin(), self.path))
            }
            ("OPTIONS", _) if has_class("/realms") || has_well_known && has_class("/.well-known") => {
                self.outside(request)
            }
            ("OPTIONS", _) => answers.allow_outside(EVERY_METHOD),
            (_, "/") => answers.outside(405, "HTTP 405 Method Not Allowed"),
            _ => self.outside(request),
        }
    }

    fn outside(&self, request: &Request) -> Reply {
        self.answers(request).outside(404, "Unable to find matching target resource method")
    }

    /// What names a realm to the world: from the request's own host, as Keycloak does unless told of another.
    fn issuer(&self, request: &Request, realm: &Realm) -> String {
        format!("{}{}/realms/{}", request.origin(), self.path, realm.path_name())
    }

    fn rules(&self) -> &'static Rules {
        self.profile.rules()
    }

    fn answers<'r>(&self, request: &'r Request) -> Answers<'r> {
        Answers { rules: self.rules(), request, realm: "Keycloak" }
    }
}

#[cfg(test)]
mod tests;
