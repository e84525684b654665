//! Values on their way to becoming a configuration.

use std::fmt;

use http::Uri;

use super::credentials::{Authentication, Credentials};
use super::endpoint::{self, Plain};
use super::limits::Limits;
use super::text::{self, Text};
use super::{Config, variable};
use crate::error::{Error, Flaw};
use crate::secret::Secret;

/// Values on their way to becoming a [`Config`]. Nothing is looked at before [`build`](Self::build).
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct ConfigBuilder {
    pub(super) token_url: Option<String>,
    pub(super) api_base_url: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<Secret>,
    pub(super) scope: Option<String>,
    pub(super) authentication: Authentication,
    plain: Plain,
    limits: Limits,
}

impl ConfigBuilder {
    /// The token endpoint of your realm: `https://HOST/realms/REALM/protocol/openid-connect/token`.
    pub fn token_url(self, token_url: impl Into<String>) -> Self {
        Self { token_url: Some(token_url.into()), ..self }
    }

    /// The API, up to and including `/api/m2m/v1`.
    pub fn api_base_url(self, api_base_url: impl Into<String>) -> Self {
        Self { api_base_url: Some(api_base_url.into()), ..self }
    }

    /// The client's identifier.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        Self { client_id: Some(client_id.into()), ..self }
    }

    /// The client's secret.
    pub fn client_secret(self, client_secret: impl Into<Secret>) -> Self {
        Self { client_secret: Some(client_secret.into()), ..self }
    }

    /// The scope to ask for; none unless told otherwise, and Persium needs none.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        Self { scope: Some(scope.into()), ..self }
    }

    /// How the client proves itself; in the form body unless told otherwise.
    pub fn authentication(self, authentication: Authentication) -> Self {
        Self { authentication, ..self }
    }

    /// Permits `http` URLs, to this machine alone: for tests against a fake server. Everything sent there is sent in
    /// the clear.
    pub fn allow_loopback_http(self) -> Self {
        Self { plain: Plain::OnLoopback, ..self }
    }

    /// Limits other than the defaults.
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Parses what was given.
    ///
    /// # Errors
    ///
    /// [`Error::is_config`], by the name the value has in an environment (`TOKEN_URL`, …), or by the name of the field
    /// of [`Limits`] that cannot be.
    pub fn build(self) -> Result<Config, Error> {
        let token_url = required(variable::TOKEN_URL, self.token_url)?;
        let token_url = endpoint::parse(variable::TOKEN_URL, &token_url, self.plain)?;
        let api_base_url = required(variable::API_BASE_URL, self.api_base_url)?;
        let api_base_url = endpoint::parse(variable::API_BASE_URL, &api_base_url, self.plain)?;
        not_swapped(&token_url, &api_base_url)?;
        let client_id = required(variable::CLIENT_ID, self.client_id)?;
        let client_secret = required(variable::CLIENT_SECRET, self.client_secret)?;
        let scope = self.scope.filter(|scope| !scope.is_empty());
        if let Some(scope) = &scope {
            text::check(variable::SCOPE, scope, Text::Scope)?;
        }
        Ok(Config {
            token_url,
            api_base_url: endpoint::without_final_slashes(api_base_url),
            credentials: Credentials::new(client_id, client_secret)?,
            scope,
            authentication: self.authentication,
            limits: self.limits.checked()?,
        })
    }
}

fn required<T>(variable: &'static str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::flawed(variable, Flaw::Missing, "is not set"))
}

/// Refuses the two URLs in each other's place: the secret would go to the API's origin.
///
/// Only where both say so by paths that are KNOWN: Keycloak's below `/realms/`, and Persium's `/api/m2m/`.
fn not_swapped(token_url: &Uri, api_base_url: &Uri) -> Result<(), Error> {
    if token_url.path().contains("/api/m2m/") && api_base_url.path().contains("/realms/") {
        let problem = "is the API's URL, and API_BASE_URL the token endpoint's: swap the two";
        return Err(Error::flawed(variable::TOKEN_URL, Flaw::Swapped, problem));
    }
    Ok(())
}

/// Shows which values were given, and none of them: they were not parsed yet, and a password may be anywhere.
impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token_url, api_base_url, client_id, client_secret, scope, authentication, plain, limits } =
            self;
        f.debug_struct("ConfigBuilder")
            .field("token_url", &token_url.is_some())
            .field("api_base_url", &api_base_url.is_some())
            .field("client_id", &client_id.is_some())
            .field("client_secret", &client_secret.is_some())
            .field("scope", &scope.is_some())
            .field("authentication", authentication)
            .field("plain", plain)
            .field("limits", limits)
            .finish()
    }
}
