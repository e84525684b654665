//! Other token servers at Keycloak's place: each as a row of what was measured on it.

use serde::Serialize;

use super::account::Account;
use super::answer::Early;
use super::claims::Facts;
use super::credentials::{self, Reading, Refusal};
use super::grant::{Kind, Renewal};
use super::profile::Profile;
use super::realm::{Realm, RealmClientKind};
use super::scope::Scope;
use super::{Granted, Keycloak};
use crate::form::Form;
use crate::message::{Framing, Reply, Request};

/// How a server says no: a status, and a body where it has one.
#[derive(Clone, Copy, Debug)]
struct No {
    status: u16,
    error: Option<&'static str>,
    description: Option<&'static str>,
    challenge: Option<&'static str>,
}

/// Whether a token response names the scope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shows {
    Always,
    IfAsked,
    Never,
}

/// A server that is not Keycloak. `None` where it does not mind.
#[derive(Debug)]
pub(super) struct Foreign {
    token_type: &'static str,
    shows_scope: Shows,
    wrong_secret: Option<No>,
    /// The challenge beside a wrong secret that came by Basic.
    basic_challenge: Option<&'static str>,
    no_client: Option<No>,
    no_grant_type: No,
    bad_grant_type: No,
    bad_scope: Option<No>,
    not_allowed: No,
    both_ways: Option<No>,
    twice: Option<No>,
    get: No,
}

#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    expires_in: u64,
    token_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'static str>,
}

const fn no(status: u16, error: &'static str) -> No {
    No { status, error: Some(error), description: None, challenge: None }
}

const fn told(status: u16, error: &'static str, description: &'static str) -> No {
    No { status, error: Some(error), description: Some(description), challenge: None }
}

const fn empty(status: u16) -> No {
    No { status, error: None, description: None, challenge: None }
}

const OIDC_PROVIDER: Foreign = Foreign {
    token_type: "Bearer",
    shows_scope: Shows::IfAsked,
    wrong_secret: Some(told(401, "invalid_client", "client authentication failed")),
    basic_challenge: Some("Basic realm=\"persium\""),
    no_client: Some(told(400, "invalid_request", "no client authentication mechanism provided")),
    no_grant_type: told(400, "invalid_request", "missing required parameter(s) 'grant_type'"),
    bad_grant_type: told(400, "unsupported_grant_type", "unsupported grant_type requested"),
    bad_scope: None,
    not_allowed: told(400, "invalid_request", "requested grant type is not allowed for this client"),
    both_ways: Some(told(
        400,
        "invalid_request",
        "client authentication must only be provided using one mechanism",
    )),
    twice: Some(told(400, "invalid_request", "parameters must not be provided twice")),
    get: empty(404),
};

const DJANGO: Foreign = Foreign {
    token_type: "Bearer",
    shows_scope: Shows::Always,
    wrong_secret: Some(No {
        challenge: Some("Bearer error=\"invalid_client\""),
        ..no(401, "invalid_client")
    }),
    basic_challenge: None,
    no_client: Some(No { challenge: Some("Bearer error=\"invalid_client\""), ..no(401, "invalid_client") }),
    no_grant_type: no(400, "unsupported_grant_type"),
    bad_grant_type: no(400, "unsupported_grant_type"),
    bad_scope: Some(no(400, "invalid_scope")),
    not_allowed: no(400, "unauthorized_client"),
    both_ways: None,
    twice: None,
    get: empty(405),
};

const GLEWLWYD: Foreign = Foreign {
    token_type: "bearer",
    shows_scope: Shows::Always,
    wrong_secret: Some(empty(403)),
    basic_challenge: None,
    no_client: Some(empty(403)),
    no_grant_type: empty(401),
    bad_grant_type: empty(400),
    bad_scope: Some(no(400, "scope_invalid")),
    not_allowed: empty(403),
    both_ways: None,
    twice: None,
    get: empty(401),
};

const MOCK_SERVER: Foreign = Foreign {
    token_type: "Bearer",
    shows_scope: Shows::Never,
    wrong_secret: None,
    basic_challenge: None,
    no_client: None,
    no_grant_type: no(400, "invalid_grant"),
    bad_grant_type: no(400, "invalid_grant"),
    bad_scope: None,
    not_allowed: no(400, "invalid_grant"),
    both_ways: None,
    twice: None,
    get: empty(404),
};

impl Foreign {
    pub(super) fn of(profile: Profile) -> Option<&'static Self> {
        match profile {
            Profile::OidcProvider => Some(&OIDC_PROVIDER),
            Profile::DjangoOauthToolkit => Some(&DJANGO),
            Profile::Glewlwyd => Some(&GLEWLWYD),
            Profile::Oauth2MockServer => Some(&MOCK_SERVER),
            _ => None,
        }
    }
}

impl Keycloak<'_> {
    /// Answers at the token endpoint as another server would.
    pub(super) fn foreign(&self, server: &'static Foreign, request: &Request, realm: &Realm) -> Granted {
        self.granted_by(server, request, realm).unwrap_or_else(|refusal| refusal.reply().into())
    }

    fn granted_by(&self, server: &'static Foreign, request: &Request, realm: &Realm) -> Result<Granted, No> {
        if request.method != "POST" {
            return Err(server.get);
        }
        let form = self.body(request, realm).map(|body| body.form).unwrap_or_default();
        let grant = form.value("grant_type").ok_or(server.no_grant_type)?;
        let (has_basic, has_form) =
            (request.header("authorization").is_some(), form.value("client_secret").is_some());
        if let Some(refusal) = server.both_ways.filter(|_| has_basic && has_form) {
            return Err(refusal);
        }
        if let Some(refusal) = server.twice.filter(|_| form.has_doubles()) {
            return Err(refusal);
        }
        if grant != "client_credentials" {
            return Err(server.bad_grant_type);
        }
        let client = self.foreign_client(server, request, realm, &form)?;
        if client.kind != RealmClientKind::Confidential || !client.has_service_account {
            return Err(server.not_allowed);
        }
        let asked = form.value("scope").filter(|text| !text.is_empty());
        let scope = match (Scope::requested(self.rules(), realm, client, asked), server.bad_scope) {
            (Ok(scope), _) => scope,
            (Err(_), Some(refusal)) => return Err(refusal),
            (Err(_), None) => Scope::requested(self.rules(), realm, client, None).unwrap_or_default(),
        };
        let account = Account::of_client(realm, client);
        let (rules, session) = (self.rules(), None);
        let facts = Facts { rules, request, realm, client, account: &account, scope: &scope, session };
        let is_basic = credentials::is_basic(request, &form);
        let mut granted =
            self.issue(facts, Early::unstored(), Kind::ClientCredentials, Renewal::Without, is_basic);
        let names_scope = match server.shows_scope {
            Shows::Always => true,
            Shows::IfAsked => asked.is_some(),
            Shows::Never => false,
        };
        if let Some(minted) = &granted.minted {
            let response = TokenResponse {
                access_token: &minted.token,
                expires_in: minted.lifetime.as_secs(),
                token_type: server.token_type,
                scope: names_scope.then(|| scope.shown()),
            };
            granted.reply = head(200).with_json(&response);
        }
        Ok(granted)
    }

    fn foreign_client<'r>(
        &self,
        server: &'static Foreign,
        request: &Request,
        realm: &'r Realm,
        form: &Form,
    ) -> Result<&'r super::RealmClient, No> {
        let is_open = server.wrong_secret.is_none();
        let reading = Reading { rules: self.rules(), is_raw: self.takes_basic_raw, is_open };
        credentials::authenticate(reading, realm, request, form).or_else(|refusal| {
            let says_who = form.value("client_id").is_some() || request.header("authorization").is_some();
            let refused = match (refusal, says_who) {
                (Refusal::Unknown, false) => server.no_client,
                _ => server.wrong_secret,
            };
            let is_basic = request.header("authorization").is_some();
            match refused {
                Some(no) if is_basic && server.basic_challenge.is_some() => {
                    Err(No { challenge: server.basic_challenge, ..no })
                }
                Some(no) => Err(no),
                // Whoever comes is somebody.
                None => realm.clients.first().ok_or(server.not_allowed),
            }
        })
    }
}

impl No {
    fn reply(self) -> Reply {
        let mut reply = match self.error {
            None => Reply::empty(self.status, Framing::Title),
            Some(error) => {
                head(self.status).with_json(&ErrorBody { error, error_description: self.description })
            }
        };
        if let Some(challenge) = self.challenge {
            reply = reply.with_header("WWW-Authenticate", challenge);
        }
        if self.status == 405 {
            // RFC 9110 §15.5.6: the server MUST say which methods there are.
            reply = reply.with_header("Allow", "POST, OPTIONS");
        }
        reply
    }
}

fn head(status: u16) -> Reply {
    let reply = Reply::empty(status, Framing::Title).with_header("Cache-Control", "no-store");
    reply.with_header("Content-Type", "application/json")
}
