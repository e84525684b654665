//! The token endpoint's neighbours: introspection (RFC 7662), revocation (RFC 7009), userinfo (OpenID Connect Core §5.3).

use serde_json::json;

use super::account::Account;
use super::answer::{Early, Guard};
use super::claims::{Claims, Destination, Facts};
use super::cors::{TOKEN_EXPOSES, USERINFO_EXPOSES};
use super::credentials::Refusal;
use super::realm::{Realm, RealmClient, RealmClientKind};
use super::scope::Scope;
use super::shown::Shown;
use super::{Granted, Keycloak};
use crate::form::Form;
use crate::message::{Reply, Request};

/// The kinds of tokens by their claim `typ`.
const ACCESS: &str = "Bearer";
const REFRESH: [&str; 2] = ["Refresh", "Offline"];

impl Keycloak<'_> {
    /// Answers a POST of introspection.
    pub(super) fn introspection(&self, request: &Request, realm: &Realm) -> Result<Reply, Reply> {
        let answers = self.answers(request);
        let refuse = |status, error, text: &str| answers.error(Early::default(), status, error, text);
        let body = self.body(request, realm)?;
        self.open(request, realm, Early::default())?;
        let client = self.client(realm, request, &body.credentials()).map_err(|refusal| {
            if self.rules().has_one_introspection_error {
                return refuse(401, "invalid_request", "Authentication failed.");
            }
            match refusal {
                Refusal::WrongSecret => refuse(401, "invalid_client", "Client authentication failed."),
                other => {
                    let (status, error, text) = other.words(self.rules());
                    refuse(status, error, text)
                }
            }
        })?;
        if client.kind == RealmClientKind::Saml {
            return Err(refuse(400, "invalid_client", "Wrong client protocol."));
        }
        if client.kind == RealmClientKind::Public {
            return Err(refuse(403, "invalid_request", "Client not allowed."));
        }
        if body.form.has_doubles() {
            return Err(refuse(400, "invalid_request", "duplicated parameter"));
        }
        let token = body.form.value("token");
        let token = token.ok_or_else(|| refuse(400, "invalid_request", "Token not provided."))?;
        let hint = body.form.value("token_type_hint");
        if let Some(other) = hint.filter(|hint| !["access_token", "refresh_token"].contains(hint)) {
            let text = if self.rules().has_one_introspection_error {
                format!("Unsupported token type [{other}].")
            } else {
                "Unsupported token type.".to_owned()
            };
            return Err(refuse(400, "invalid_request", &text));
        }
        let claims = self.active(request, realm, client, token, hint == Some("refresh_token"));
        let reply = answers.introspection();
        Ok(match claims {
            Some(claims) => reply.with_json(&claims),
            None => reply.with_json(&json!({ "active": false })),
        })
    }

    /// The claims of a token that is active, as its asker may see them.
    fn active(
        &self,
        request: &Request,
        realm: &Realm,
        asker: &RealmClient,
        token: &str,
        is_refresh: bool,
    ) -> Option<Claims> {
        let shown = self.shown(&self.issuer(request, realm), token)?;
        let kind = shown.text("typ");
        if self.rules().introspects_by_audience {
            let is_fit = if is_refresh {
                REFRESH.contains(&kind) && shown.text("azp") == asker.id
            } else {
                shown.audiences().contains(&asker.id)
            };
            if !is_fit {
                return None;
            }
        }
        let client = realm.find(shown.text("azp")).filter(|client| client.is_enabled)?;
        self.life(realm, client, &shown).ok()?;
        let account = Account::find(realm, client, shown.text("sub")).filter(|account| account.is_enabled)?;
        let scope = self.scope_of(realm, client, &shown);
        let facts = Facts {
            rules: self.rules(),
            request,
            realm,
            client,
            account: &account,
            scope: &scope,
            session: shown.session(),
        };
        let mut claims = Claims::default();
        for name in ["exp", "iat", "auth_time"] {
            if let Some(number) = shown.number(name) {
                claims.put(name, number);
            }
        }
        claims.put("jti", shown.text("jti"));
        claims.put("iss", shown.text("iss"));
        facts.put_audience(&mut claims, &shown.audiences(), Destination::Introspection);
        claims.put("sub", shown.text("sub"));
        claims.put("typ", kind);
        claims.put("azp", client.id.as_str());
        facts.put_session(&mut claims);
        if scope.has("acr") {
            claims.put("acr", "1");
        }
        facts.put_roles(&mut claims);
        if kind != "ID" {
            claims.put("scope", shown.text("scope"));
        }
        facts.put_late_session(&mut claims);
        facts.put_account(&mut claims, Destination::Introspection);
        claims.put("client_id", client.id.as_str());
        claims.put("username", account.username.as_str());
        claims.put("token_type", kind);
        claims.put("active", true);
        Some(claims)
    }

    /// The scopes that a token was given; an id token does not say.
    fn scope_of(&self, realm: &Realm, client: &RealmClient, shown: &Shown) -> Scope {
        let text = Some(shown.text("scope")).filter(|text| !text.is_empty());
        let scope = Scope::requested(self.rules(), realm, client, text);
        scope.or_else(|_| Scope::requested(self.rules(), realm, client, None)).unwrap_or_default()
    }

    /// Answers a POST of revocation.
    pub(super) fn revocation(&self, request: &Request, realm: &Realm) -> Result<Granted, Reply> {
        let answers = self.answers(request);
        let body = self.body(request, realm)?;
        let to_anybody = || Early::default().with_any_origin(answers, TOKEN_EXPOSES);
        self.open(request, realm, to_anybody())?;
        let client = self.client(realm, request, &body.credentials()).map_err(|refusal| {
            let (status, error, text) = refusal.words(self.rules());
            answers.error(to_anybody().at_once(), status, error, text)
        })?;
        self.speaks_openid(answers, Early::default(), client)?;
        let early = Early::default().at_once().with_origins_of(answers, client)?;
        let refuse = |status, error, text: &str| answers.error(early.clone(), status, error, text);
        if client.kind == RealmClientKind::BearerOnly {
            return Err(refuse(400, "invalid_client", "Bearer-only not allowed"));
        }
        if body.form.has_doubles() {
            return Err(refuse(400, "invalid_request", "duplicated parameter"));
        }
        let token = body.form.value("token");
        let token = token.ok_or_else(|| refuse(400, "invalid_request", "Token not provided"))?;
        let invalid = || refuse(200, "invalid_token", "Invalid token");
        let shown = self.shown(&self.issuer(request, realm), token).ok_or_else(invalid)?;
        let kind = shown.text("typ");
        if kind != ACCESS && !REFRESH.contains(&kind) {
            return Err(refuse(400, "unsupported_token_type", "Unsupported token type"));
        }
        if shown.text("azp") != client.id {
            return Err(refuse(400, "invalid_request", "Unmatching clients"));
        }
        if self.life(realm, client, &shown).is_err() {
            return Err(invalid());
        }
        let ended = if kind == ACCESS { Some(shown.text("jti")) } else { shown.session() };
        let reply = answers.empty(early, 200, Guard::ByType);
        Ok(Granted { ended: ended.map(|id| (id.to_owned(), token.to_owned())), ..reply.into() })
    }

    /// Only a POST has a form.
    fn userinfo_form(&self, request: &Request, realm: &Realm) -> Result<Form, Reply> {
        if request.method != "POST" {
            return Ok(Form::default());
        }
        Ok(self.body(request, realm)?.credentials())
    }

    /// Answers GET, HEAD and POST of userinfo.
    pub(super) fn userinfo(&self, request: &Request, realm: &Realm) -> Result<Reply, Reply> {
        let answers = self.answers(request);
        let early =
            || if self.rules().forbids_storing_userinfo { Early::unstored() } else { Early::default() };
        let name = realm.name();
        let refuse = |status, challenge: String| {
            answers.challenge(early().with_any_origin(answers, USERINFO_EXPOSES), status, challenge)
        };
        let invalid = || {
            let text = "error=\"invalid_token\", error_description=\"Token verification failed\"";
            refuse(401, format!("Bearer realm=\"{name}\", {text}"))
        };
        let form = self.userinfo_form(request, realm)?;
        if form.values("access_token").count() > 1 {
            let text = "error=\"invalid_request\", error_description=\"Duplicate parameter\"";
            return Err(answers.challenge(early(), 400, format!("Bearer realm=\"{name}\", {text}")));
        }
        let header = request.header("authorization").and_then(|value| {
            let (scheme, token) = value.trim().split_once(' ')?;
            Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
        });
        let token = match (header, form.value("access_token")) {
            (Some(_), Some(_)) => {
                let text = "error=\"invalid_request\", error_description=\"More than one method used for including an \
                            access token\"";
                return Err(refuse(400, format!("Bearer realm=\"{name}\", {text}")));
            }
            (None, None) => return Err(refuse(401, format!("Bearer realm=\"{name}\""))),
            (Some(token), None) | (None, Some(token)) => token,
        };
        let shown =
            self.shown(&self.issuer(request, realm), token).filter(|shown| shown.text("typ") == ACCESS);
        let shown = shown.ok_or_else(invalid)?;
        let client = realm.find(shown.text("azp")).filter(|client| client.is_enabled).ok_or_else(invalid)?;
        self.life(realm, client, &shown).map_err(|_| invalid())?;
        let account = Account::find(realm, client, shown.text("sub")).ok_or_else(invalid)?;
        if !shown.has_scope("openid") {
            let text = "error=\"insufficient_scope\", error_description=\"Missing openid scope\"";
            return Err(refuse(403, format!("Bearer realm=\"{name}\", {text}")));
        }
        let scope = self.scope_of(realm, client, &shown);
        let (rules, session) = (self.rules(), shown.session());
        let facts = Facts { rules, request, realm, client, account: &account, scope: &scope, session };
        let mut claims = Claims::default();
        claims.put("sub", account.id.to_string());
        facts.put_account(&mut claims, Destination::Userinfo);
        let early = early().with_origins_of(answers, client)?;
        Ok(answers.document(early, "no-cache", super::answer::JSON).with_json(&claims))
    }
}
