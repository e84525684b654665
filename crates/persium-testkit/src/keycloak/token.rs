//! The token endpoint: Keycloak's checks, in Keycloak's order.

use super::account::Account;
use super::answer::{Answers, Early};
use super::claims::Facts;
use super::cors::TOKEN_EXPOSES;
use super::credentials::{self, Reading, Refusal};
use super::grant::{Kind, Renewal};
use super::profile::Release;
use super::realm::{Realm, RealmClient, RealmClientKind};
use super::scope::Scope;
use super::shown::Dead;
use super::{Granted, Keycloak};
use crate::form::Form;
use crate::message::{Reply, Request};
use crate::seed;

/// The web server reads no more form parameters than that.
const PARAMETERS_MAX: usize = 1000;

/// The one grant whose parameters nobody counts.
const UMA_TICKET: &str = "urn:ietf:params:oauth:grant-type:uma-ticket";

const UNSUPPORTED: (&str, &str) = ("unsupported_grant_type", "Unsupported grant_type");

/// Grants that the fake knows by name, since when, and how far a machine client gets with them.
const OTHER_GRANTS: [(&str, Release, &str, &str); 6] = [
    ("authorization_code", Release::R24, "invalid_request", "Missing parameter: code"),
    (
        "urn:ietf:params:oauth:grant-type:device_code",
        Release::R24,
        "invalid_grant",
        "Client not allowed OAuth 2.0 Device Authorization Grant",
    ),
    (
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        Release::R26_7,
        "invalid_grant",
        "Missing parameter:assertion",
    ),
    (
        "urn:ietf:params:oauth:grant-type:token-exchange",
        Release::R26_4,
        "invalid_request",
        "Standard token exchange is not enabled for the requested client",
    ),
    (UMA_TICKET, Release::R24, "invalid_request", "You must provide the issuedFor"),
    (
        "urn:openid:params:grant-type:ciba",
        Release::R24,
        "invalid_grant",
        "Client not allowed OIDC CIBA Grant",
    ),
];

/// A form, and whether the flow that authenticates clients sees it: it compares the type to the last letter.
pub(super) struct Body {
    pub(super) form: Form,
    is_for_clients: bool,
}

impl Body {
    /// What the authentication of clients goes by.
    pub(super) fn credentials(&self) -> Form {
        if self.is_for_clients { self.form.clone() } else { Form::default() }
    }
}

impl Keycloak<'_> {
    /// Answers a POST. Each line that may refuse stands where Keycloak's own check stands.
    pub(super) fn token(&self, request: &Request, realm: &Realm) -> Granted {
        self.check(request, realm).unwrap_or_else(Granted::from)
    }

    fn check(&self, request: &Request, realm: &Realm) -> Result<Granted, Reply> {
        let answers = self.answers(request);
        let early = Early::unstored;
        let body = self.body(request, realm)?;
        self.open(request, realm, early().with_any_origin(answers, TOKEN_EXPOSES))?;
        let form = &body.form;
        let refuse = |status, error, text: &str| answers.error(early(), status, error, text);
        let strips = self.rules().strips_controls;
        let stripped =
            |text: &str| text.trim_matches(|character: char| strips && character.is_control()).to_owned();
        let grant = form.value("grant_type").map(stripped);
        let grant =
            grant.ok_or_else(|| refuse(400, "invalid_request", "Missing form parameter: grant_type"))?;
        let is_known = matches!(grant.as_str(), "client_credentials" | "password" | "refresh_token");
        let other =
            OTHER_GRANTS.iter().find(|(name, since, ..)| *name == grant && *since <= self.rules().release);
        if !is_known && other.is_none() {
            return Err(refuse(400, UNSUPPORTED.0, UNSUPPORTED.1));
        }
        let credentials = body.credentials();
        let client = self.client(realm, request, &credentials).map_err(|refusal| {
            let (status, error, text) = refusal.words(self.rules());
            let early = early().with_any_origin(answers, TOKEN_EXPOSES).at_once();
            self.challenged(request, &refusal, answers.error(early, status, error, text))
        })?;
        self.speaks_openid(answers, early(), client)?;
        let early = early().with_origins_of(answers, client)?;
        let refuse = |status, error, text: &str| answers.error(early.clone(), status, error, text);
        if client.kind == RealmClientKind::BearerOnly {
            return Err(refuse(400, "invalid_client", "Bearer-only not allowed"));
        }
        if form.has_doubles() && grant != UMA_TICKET {
            return Err(refuse(400, "invalid_request", "duplicated parameter"));
        }
        if self.rules().looks_at_dpop && request.header("dpop").is_some() {
            // The fake verifies no proofs.
            return Err(refuse(400, "invalid_request", "DPoP header verification failure"));
        }
        let asked = Asked { request, realm, client, form, early: early.clone() };
        match (grant.as_str(), other) {
            ("client_credentials", _) => self.client_credentials(&asked),
            ("password", _) => self.password(&asked),
            ("refresh_token", _) => self.refresh(&asked),
            ("authorization_code", _) if form.value("code").is_some() => {
                Err(refuse(400, "invalid_grant", "Code not valid"))
            }
            (_, Some((_, _, error, text))) => Err(refuse(400, error, text)),
            (_, None) => Err(refuse(400, UNSUPPORTED.0, UNSUPPORTED.1)),
        }
    }

    /// TLS where the realm demands it, and a realm that is on.
    pub(super) fn open(&self, request: &Request, realm: &Realm, early: Early) -> Result<(), Reply> {
        let answers = self.answers(request);
        if realm.refuses_plain(request) {
            return Err(answers.error(early, 403, "invalid_request", "HTTPS required"));
        }
        if !realm.is_enabled {
            return Err(answers.error(early, 403, "access_denied", "Realm not enabled"));
        }
        Ok(())
    }

    /// A SAML client's secret opens no door here.
    pub(super) fn speaks_openid(
        &self,
        answers: Answers<'_>,
        early: Early,
        client: &RealmClient,
    ) -> Result<(), Reply> {
        if client.kind != RealmClientKind::Saml {
            return Ok(());
        }
        let early = if self.rules().refuses_origins {
            early.with_origins_of(answers, client)?
        } else {
            early.with_any_origin(answers, TOKEN_EXPOSES)
        };
        Err(answers.error(early, 400, "invalid_client", "Wrong client protocol."))
    }

    pub(super) fn client<'r>(
        &self,
        realm: &'r Realm,
        request: &Request,
        form: &Form,
    ) -> Result<&'r RealmClient, Refusal> {
        let reading = Reading { rules: self.rules(), is_raw: self.takes_basic_raw, is_open: false };
        credentials::authenticate(reading, realm, request, form)
    }

    /// RFC 6749 §5.2: who tried Basic is told to, where the rules are kept.
    fn challenged(&self, request: &Request, refusal: &Refusal, reply: Reply) -> Reply {
        let is_asked = self.rules().is_strict && request.header("authorization").is_some();
        if is_asked && matches!(refusal, Refusal::Unknown | Refusal::WrongSecret) {
            return reply.with_header("WWW-Authenticate", "Basic realm=\"persium\"");
        }
        reply
    }

    /// The form of a body that says it is one: the type is compared as spelled, whatever follows the semicolon.
    pub(super) fn body(&self, request: &Request, realm: &Realm) -> Result<Body, Reply> {
        let answers = Answers { realm: realm.display_name(), ..self.answers(request) };
        let nothing = Body { form: Form::default(), is_for_clients: true };
        let Some(content_type) = request.header("content-type") else { return Ok(nothing) };
        let essence = content_type.split(';').next().unwrap_or_default();
        let is_type =
            essence.split('/').count() == 2 && essence.split('/').all(|part| !part.trim().is_empty());
        if !is_type {
            return Err(answers.bad_content_type(seed::uuid(self.nonce, &[])));
        }
        match essence.trim() {
            "multipart/form-data" if self.rules().fails_on_multipart => {
                Err(answers.uncaught(Early::default()))
            }
            "application/x-www-form-urlencoded" => match Form::parse(&request.body) {
                Ok(form) if form.len() <= PARAMETERS_MAX => {
                    Ok(Body { form, is_for_clients: essence == essence.trim() })
                }
                _ => Err(answers.uncaught(Early::default())),
            },
            _ => Ok(nothing),
        }
    }

    fn client_credentials(&self, asked: &Asked<'_>) -> Result<Granted, Reply> {
        let client = asked.client;
        let refuse = |text: &str| asked.refuse(self, 401, "unauthorized_client", text);
        if client.kind == RealmClientKind::Public {
            return Err(refuse("Public client not allowed to retrieve service account"));
        }
        if !client.has_service_account {
            return Err(refuse("Client not enabled to retrieve service account"));
        }
        let account = Account::of_client(asked.realm, client);
        if !account.is_enabled {
            let text = format!("User '{}' disabled", account.username);
            return Err(asked.refuse(self, 401, "invalid_request", &text));
        }
        let scope = asked.scope(self)?;
        let session = client.has_refresh_tokens.then(|| self.new_session());
        let renewal = if session.is_some() { Renewal::Refresh } else { Renewal::Without };
        Ok(asked.issue(self, &account, &scope, session.as_deref(), Kind::ClientCredentials, renewal))
    }

    fn password(&self, asked: &Asked<'_>) -> Result<Granted, Reply> {
        let (client, realm) = (asked.client, asked.realm);
        let refuse = |text: &str| asked.refuse(self, 400, "invalid_grant", text);
        if !client.takes_passwords {
            let text = "Client not allowed for direct access grants";
            return Err(asked.refuse(self, 400, "unauthorized_client", text));
        }
        if client.needs_consent {
            return Err(asked.refuse(self, 400, "invalid_client", "Client requires user consent"));
        }
        let scope = asked.scope(self)?;
        let Some(name) = asked.form.value("username") else {
            return Err(asked.refuse(self, 401, "invalid_request", "Missing parameter: username"));
        };
        let status = if self.rules().refuses_users_as_unauthorized { 401 } else { 400 };
        let unknown = || asked.refuse(self, status, "invalid_grant", "Invalid user credentials");
        let user = realm.user(name).ok_or_else(unknown)?;
        if !user.is_enabled {
            return Err(refuse("Account disabled"));
        }
        let password = asked.form.value("password");
        if password.is_none() || password != user.password.as_deref() {
            return Err(unknown());
        }
        if user.has_actions {
            return Err(refuse("Account is not fully set up"));
        }
        let account = Account::of_user(realm, user);
        if scope.has("offline_access") && !account.has_role("offline_access") {
            let text = "Offline tokens not allowed for the user or client";
            return Err(asked.refuse(self, 400, "not_allowed", text));
        }
        let session = self.new_session();
        let renewal = match client.refreshes_sessions {
            true if scope.has("offline_access") => Renewal::Offline,
            true => Renewal::Refresh,
            false => Renewal::Without,
        };
        Ok(asked.issue(self, &account, &scope, Some(&session), Kind::Password, renewal))
    }

    fn refresh(&self, asked: &Asked<'_>) -> Result<Granted, Reply> {
        let (client, realm) = (asked.client, asked.realm);
        let refuse = |text: &str| asked.refuse(self, 400, "invalid_grant", text);
        let Some(token) = asked.form.value("refresh_token") else {
            return Err(asked.refuse(self, 400, "invalid_request", "No refresh token"));
        };
        // What is asked for must be there before the token is looked at; it gets what it was given before.
        if asked.form.value("scope").is_some() {
            asked.scope(self)?;
        }
        let issuer = self.issuer(asked.request, realm);
        let shown = self.shown_anywhere(token);
        let shown = shown.filter(|shown| ["Refresh", "Offline"].contains(&shown.text("typ")));
        let shown = shown.ok_or_else(|| refuse("Invalid refresh token"))?;
        if shown.text("iss") != issuer {
            return Err(refuse(&format!("Invalid token issuer. Expected '{issuer}'")));
        }
        self.life(realm, client, &shown).map_err(|dead| match dead {
            Dead::Expired => refuse("Token is not active"),
            Dead::Stale => refuse("Stale token"),
            Dead::Ended => refuse("Session not active"),
        })?;
        if shown.text("azp") != client.id {
            return Err(refuse("Invalid refresh token. Token client and authorized client don't match"));
        }
        let account = Account::find(realm, client, shown.text("sub"));
        let account = account.ok_or_else(|| refuse("Invalid refresh token"))?;
        if !account.is_enabled {
            return Err(refuse("User disabled"));
        }
        let kept = shown.text("scope");
        let scope = Scope::requested(self.rules(), realm, client, Some(kept).filter(|text| !text.is_empty()));
        let scope = scope.map_err(|_| refuse("Invalid refresh token"))?;
        let renewal = if shown.text("typ") == "Offline" { Renewal::Offline } else { Renewal::Refresh };
        Ok(asked.issue(self, &account, &scope, shown.session(), Kind::Refresh, renewal))
    }
}

/// A request whose client is known.
struct Asked<'a> {
    request: &'a Request,
    realm: &'a Realm,
    client: &'a RealmClient,
    form: &'a Form,
    early: Early,
}

impl Asked<'_> {
    fn refuse(&self, keycloak: &Keycloak<'_>, status: u16, error: &str, text: &str) -> Reply {
        let answers: Answers<'_> = keycloak.answers(self.request);
        answers.error(self.early.clone(), status, error, text)
    }

    fn scope(&self, keycloak: &Keycloak<'_>) -> Result<Scope, Reply> {
        let scope = Scope::requested(keycloak.rules(), self.realm, self.client, self.form.value("scope"));
        scope.map_err(|text| {
            let text: String = if keycloak.rules().strips_controls {
                text.chars().filter(|character| !character.is_control()).collect()
            } else {
                text.into()
            };
            self.refuse(keycloak, 400, "invalid_scope", &format!("Invalid scopes: {text}"))
        })
    }

    fn issue(
        &self,
        keycloak: &Keycloak<'_>,
        account: &Account<'_>,
        scope: &Scope,
        session: Option<&str>,
        kind: Kind,
        renewal: Renewal,
    ) -> Granted {
        let facts = Facts {
            rules: keycloak.rules(),
            request: self.request,
            realm: self.realm,
            client: self.client,
            account,
            scope,
            session,
        };
        let is_basic = credentials::is_basic(self.request, self.form);
        keycloak.issue(facts, self.early.clone(), kind, renewal, is_basic)
    }
}
