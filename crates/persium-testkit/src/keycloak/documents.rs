//! What a realm publishes about itself: its page, discovery and keys.

use serde::Serialize;

use super::answer::{Answers, Early, Guard, JSON};
use super::cors::TOKEN_EXPOSES;
use super::path::Place;
use super::profile::Release;
use super::realm::Realm;
use super::{Keycloak, discovery};
use crate::message::{Reply, Request};

/// Nobody is to keep what may change.
const UNKEPT: &str = "no-cache, must-revalidate, no-transform, no-store";

const NOT_ACCEPTABLE: &str = "The accept header value did not match the value in @Produces";

const KEY_SET: &str = "application/jwk-set+json";

#[derive(Serialize)]
struct Page<'a> {
    realm: &'a str,
    public_key: String,
    #[serde(rename = "token-service")]
    token_service: String,
    #[serde(rename = "account-service")]
    account_service: String,
    #[serde(rename = "tokens-not-before")]
    tokens_not_before: u64,
}

/// The documents of `.well-known`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WellKnown {
    OpenId,
    /// RFC 8414: the same document by another name.
    OAuth,
    Uma,
    /// One that nobody wrote.
    Unknown,
}

impl Keycloak<'_> {
    pub(super) fn page(&self, request: &Request, realm: &Realm) -> Reply {
        let answers = Answers { realm: realm.display_name(), ..self.answers(request) };
        let early = Early::default().with_reader(answers).at_once();
        if !takes(request, &[JSON]) {
            return answers.interrupted(early, 406, "HTTP 406 Not Acceptable");
        }
        let base = self.issuer(request, realm);
        let page = Page {
            realm: realm.name(),
            public_key: self.keys.public_key(),
            token_service: format!("{base}/protocol/openid-connect"),
            account_service: format!("{base}/account"),
            tokens_not_before: realm.not_before,
        };
        answers.document(early, "no-cache", "application/json;charset=UTF-8").with_json(&page)
    }

    /// What comes before the realm is looked at: the documents' route has these methods, this type, and OPTIONS.
    pub(super) fn unread(&self, answers: Answers<'_>, realm: Option<&Realm>, place: Place) -> Option<Reply> {
        let (Place::WellKnown(which) | Place::First(which)) = place else { return None };
        let is_first = matches!(place, Place::First(_));
        // A document may be signed, and is not unless the realm says so.
        let types: &[_] =
            if self.rules().release >= Release::R26_4 { &[JSON, "application/jwt"] } else { &[JSON] };
        // A page of an error from out here shows the realm, and fails where there is none.
        let is_failure = realm.is_none() && self.rules().fails_without_realm && answers.takes_pages();
        let outside = |status, text| {
            if is_failure {
                return answers.empty(Early::default(), 500, Guard::None);
            }
            answers.outside(status, text)
        };
        let request = answers.request;
        match request.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" if !takes(request, types) => Some(outside(406, NOT_ACCEPTABLE)),
            "GET" | "HEAD" | "OPTIONS" if is_first && which != WellKnown::OAuth => {
                Some(answers.prose(404, "HTTP 404 Not Found"))
            }
            "OPTIONS" => Some(answers.preflight("GET")),
            "GET" | "HEAD" => None,
            _ => is_first.then(|| outside(405, "HTTP 405 Method Not Allowed")),
        }
    }

    pub(super) fn well_known(
        &self,
        request: &Request,
        realm: &Realm,
        which: WellKnown,
    ) -> Result<Reply, Reply> {
        let answers = Answers { realm: realm.display_name(), ..self.answers(request) };
        self.secure(request, realm)?;
        let issuer = self.issuer(request, realm);
        let unknown = || answers.prose(404, "HTTP 404 Not Found");
        let document = match which {
            WellKnown::Uma => discovery::uma(self.rules(), realm, &issuer),
            WellKnown::OAuth if self.rules().release < Release::R26_0 => return Err(unknown()),
            WellKnown::OpenId | WellKnown::OAuth => discovery::document(self.rules(), realm, &issuer),
            WellKnown::Unknown => return Err(unknown()),
        };
        let early = Early::default().with_reader(answers);
        Ok(answers.document(early, UNKEPT, self.rules().document_type).with_json(&document))
    }

    pub(super) fn certs(&self, request: &Request, realm: &Realm) -> Result<Reply, Reply> {
        self.secure(request, realm)?;
        let answers = self.answers(request);
        let asks = request.header("accept").is_some_and(|accept| accept.contains(KEY_SET));
        let kind = if asks && self.rules().answers_head { KEY_SET } else { self.rules().document_type };
        let early = Early::default().with_reader(answers);
        Ok(answers.document(early, "no-cache", kind).with_json(&self.keys.document(self.rules().key_order)))
    }

    /// A realm that demands TLS demands it of whoever reads its documents; one that is off publishes them.
    fn secure(&self, request: &Request, realm: &Realm) -> Result<(), Reply> {
        if realm.refuses_plain(request) {
            let answers = self.answers(request);
            let early = Early::default().with_any_origin(answers, TOKEN_EXPOSES);
            return Err(answers.error(early, 403, "invalid_request", "HTTPS required"));
        }
        Ok(())
    }
}

/// Whether `Accept` lets one of those types in, whatever its weight.
fn takes(request: &Request, types: &[&str]) -> bool {
    request.header("accept").is_none_or(|accept| {
        let mut ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
        ranges.any(|range| types.contains(&range) || ["application/*", "*/*"].contains(&range))
    })
}
