//! The token endpoint: Keycloak's checks, in Keycloak's order.

use super::realm::RealmClientKind;
use super::{Granted, Keycloak, answer, credentials, grant};
use crate::form::Form;
use crate::message::{Reply, Request};
use crate::seed;

/// Every grant that Keycloak knows by name; the others are "Unsupported grant_type".
const KNOWN_GRANTS: [&str; 8] = [
    "authorization_code",
    "client_credentials",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:uma-ticket",
    "urn:openid:params:grant-type:ciba",
];

impl Keycloak<'_> {
    /// Answers a POST. Each line that may refuse stands where Keycloak's own check stands.
    pub(super) fn token(&self, request: &Request, realm: &str) -> Granted {
        match self.check(request, realm) {
            Ok(granted) => granted,
            Err(refusal) => refusal.into(),
        }
    }

    fn check(&self, request: &Request, realm: &str) -> Result<Granted, Reply> {
        let form = self.form(request)?;
        let realm = self.realm(realm).ok_or_else(|| answer::prose(request, 404, "Realm does not exist"))?;
        if realm.refuses_plain(request) {
            return Err(answer::error(403, "invalid_request", "HTTPS required"));
        }
        if !realm.is_enabled {
            return Err(answer::error(403, "access_denied", "Realm not enabled"));
        }
        let grant = form.value("grant_type");
        let grant = grant
            .ok_or_else(|| answer::error(400, "invalid_request", "Missing form parameter: grant_type"))?;
        if !KNOWN_GRANTS.contains(&grant) {
            return Err(answer::error(400, "unsupported_grant_type", "Unsupported grant_type"));
        }
        let client = credentials::authenticate(realm, request, &form, self.takes_basic_raw)?;
        if form.has_doubles() {
            return Err(answer::error(400, "invalid_request", "duplicated parameter"));
        }
        if grant != "client_credentials" {
            let text = "Client not allowed for direct access grants";
            return Err(answer::error(400, "unauthorized_client", text));
        }
        if client.kind == RealmClientKind::Public {
            let text = "Public client not allowed to retrieve service account";
            return Err(answer::error(401, "unauthorized_client", text));
        }
        if !client.has_service_account {
            let text = "Client not enabled to retrieve service account";
            return Err(answer::error(401, "unauthorized_client", text));
        }
        let scope = grant::Scope::requested(form.value("scope"))?;
        Ok(self.grant(request, realm, client, &scope, credentials::is_basic(request, &form)))
    }

    /// The form of a body that says it is one: the type is compared as spelled, whatever follows the semicolon.
    fn form(&self, request: &Request) -> Result<Form, Reply> {
        let Some(content_type) = request.header("content-type") else { return Ok(Form::default()) };
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.split_once('/').is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty()) {
            return Err(answer::bad_content_type(seed::uuid(self.nonce, &[])));
        }
        if essence != "application/x-www-form-urlencoded" {
            return Ok(Form::default());
        }
        Form::parse(&request.body).map_err(|_| answer::uncaught())
    }
}
