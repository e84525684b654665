//! What a realm publishes about itself: its page, discovery and keys.

use serde::Serialize;

use super::answer::{Answers, Early, Guard};
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
}

impl Keycloak<'_> {
    pub(super) fn page(&self, request: &Request, realm: &Realm) -> Reply {
        let answers = Answers { realm: realm.display_name(), ..self.answers(request) };
        if !takes_json(request) {
            return answers.prose(406, "HTTP 406 Not Acceptable");
        }
        let base = self.issuer(request, realm);
        let page = Page {
            realm: realm.name(),
            public_key: self.keys.public_key(),
            token_service: format!("{base}/protocol/openid-connect"),
            account_service: format!("{base}/account"),
            tokens_not_before: realm.not_before,
        };
        let early = Early::default().with_reader(answers);
        answers.document(early, "no-cache", "application/json;charset=UTF-8").with_json(&page)
    }

    pub(super) fn well_known(
        &self,
        request: &Request,
        realm: &Realm,
        which: WellKnown,
    ) -> Result<Reply, Reply> {
        let answers = Answers { realm: realm.display_name(), ..self.answers(request) };
        if !takes_json(request) {
            return Err(answers.outside(406, NOT_ACCEPTABLE));
        }
        if which != WellKnown::Uma || realm.refuses_plain(request) {
            self.secure(request, realm)?;
        }
        let issuer = self.issuer(request, realm);
        let document = match which {
            WellKnown::Uma => discovery::uma(self.rules(), realm, &issuer),
            WellKnown::OpenId | WellKnown::OAuth => discovery::document(self.rules(), realm, &issuer),
        };
        let early = Early::default().with_reader(answers);
        Ok(answers.document(early, UNKEPT, self.rules().document_type).with_json(&document))
    }

    /// The well-known part before the issuer's path, of a document that is not there.
    pub(super) fn not_first(&self, request: &Request, realm: &Realm) -> Reply {
        let answers = Answers { realm: realm.display_name(), ..self.answers(request) };
        if takes_json(request) {
            answers.prose(404, "HTTP 404 Not Found")
        } else {
            answers.outside(406, NOT_ACCEPTABLE)
        }
    }

    /// Of a realm that is not there, in a type that discovery does not have.
    pub(super) fn no_document(&self, request: &Request) -> Reply {
        let answers = self.answers(request);
        if self.rules().fails_without_document {
            return answers.empty(Early::default(), 500, Guard::None);
        }
        answers.outside(406, NOT_ACCEPTABLE)
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
            let text = "HTTPS required";
            return Err(self.answers(request).error(Early::default(), 403, "invalid_request", text));
        }
        Ok(())
    }
}

/// Whether `Accept` lets JSON in, whatever its weight.
pub(super) fn takes_json(request: &Request) -> bool {
    request.header("accept").is_none_or(|accept| {
        let mut ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
        ranges.any(|range| ["application/json", "application/*", "*/*"].contains(&range))
    })
}
