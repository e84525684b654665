//! Pages of other origins (the Fetch standard, §3.2): what they are told, and whether they are refused.

use super::answer::{Answers, Early, Guard};
use super::realm::RealmClient;
use crate::message::Reply;

/// How far an endpoint lets pages see its answer.
const EXPOSED: &str = "Access-Control-Allow-Methods";

impl Early {
    /// To whatever origin asked: errors from before the client was known.
    pub(super) fn with_any_origin(mut self, answers: Answers<'_>, exposed: &'static str) -> Self {
        if let Some(origin) = answers.request.header("origin") {
            self.push("Access-Control-Allow-Origin", origin.to_owned());
            self.push("Access-Control-Expose-Headers", exposed);
            self.push("Access-Control-Allow-Credentials", "true");
        }
        self
    }

    /// To the client's own origins.
    ///
    /// # Errors
    /// The refusal of a page of another origin, in releases that refuse them.
    pub(super) fn with_origins_of(self, answers: Answers<'_>, client: &RealmClient) -> Result<Self, Reply> {
        match answers.request.header("origin") {
            None => Ok(self),
            Some(origin) if client.allows_origin(origin) => Ok(self.with_any_origin(answers, EXPOSED)),
            Some(_) if answers.rules.refuses_origins => Err(answers.interrupted(self, 403, "Invalid origin")),
            Some(_) => Ok(self),
        }
    }

    /// Of a document that anybody may read.
    pub(super) fn with_reader(mut self, answers: Answers<'_>) -> Self {
        if let Some(origin) = answers.request.header("origin") {
            self.push("Access-Control-Allow-Origin", origin.to_owned());
            self.push("Access-Control-Allow-Credentials", "true");
        }
        self
    }
}

impl RealmClient {
    fn allows_origin(&self, origin: &str) -> bool {
        self.web_origins.iter().any(|known| known == "*" || known == origin)
    }
}

impl Answers<'_> {
    /// The answer to OPTIONS.
    pub(super) fn preflight(self, methods: &'static str) -> Reply {
        let mut early = Early::default();
        if let Some(origin) = self.request.header("origin") {
            early.push("Access-Control-Allow-Origin", origin.to_owned());
            early.push("Access-Control-Allow-Methods", methods);
            early.push("Access-Control-Allow-Credentials", "true");
            early.push("Access-Control-Allow-Headers", self.rules.cors_headers);
            early.push("Access-Control-Max-Age", "3600");
        }
        self.empty(early, 200, Guard::ByType)
    }
}

pub(super) const TOKEN_EXPOSES: &str = EXPOSED;
pub(super) const USERINFO_EXPOSES: &str = "Access-Control-Allow-Methods, WWW-Authenticate";
