//! What a client is told once, parsed into values that cannot be wrong.

mod builder;
mod credentials;
mod endpoint;
mod limits;
mod origin;
mod text;

pub use builder::ConfigBuilder;
pub use credentials::{Authentication, Credentials};
pub use endpoint::is_loopback;
pub use limits::Limits;

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use http::Uri;
use zeroize::Zeroizing;

use crate::error::{Circumstances, Error, Flaw, History, Kind, Oddity};
use crate::secret::Secret;

/// Everything a client is told once, and none of it can be wrong in itself: every value was parsed when the
/// configuration was made. Whether the values are *yours* only the servers can tell.
///
/// ```
/// use persium_core::Config;
///
/// let config = Config::builder()
///     .token_url("https://sso.example.com/realms/acme/protocol/openid-connect/token")
///     .api_base_url("https://api.persium.co.uk/api/m2m/v1/")
///     .client_id("acme-corp-backend")
///     .client_secret("s3cret")
///     .build()?;
/// assert_eq!(config.api_base_url().path(), "/api/m2m/v1", "slashes at its end do not matter");
/// assert!(!format!("{config:?}").contains("s3cret"));
/// # Ok::<(), persium_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) token_url: Uri,
    pub(crate) api_base_url: Uri,
    pub(crate) credentials: Credentials,
    pub(crate) scope: Option<String>,
    pub(crate) authentication: Authentication,
    pub(crate) limits: Limits,
}

/// The names that values are set by in an environment, and called by in errors.
pub(crate) mod variable {
    pub(crate) const TOKEN_URL: &str = "TOKEN_URL";
    pub(crate) const API_BASE_URL: &str = "API_BASE_URL";
    pub(crate) const CLIENT_ID: &str = "CLIENT_ID";
    pub(crate) const CLIENT_SECRET: &str = "CLIENT_SECRET";
    pub(crate) const CLIENT_SECRET_FILE: &str = "CLIENT_SECRET_FILE";
    pub(crate) const SCOPE: &str = "SCOPE";
    pub(crate) const AUTHENTICATION: &str = "PERSIUM_AUTHENTICATION";
    pub(crate) const ALLOW_LOOPBACK_HTTP: &str = "PERSIUM_ALLOW_LOOPBACK_HTTP";
}

impl Config {
    /// Starts from nothing: the two URLs, the client's id and its secret must be given.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Reads the values Persium provisions from wherever `look_up` finds them: a process's environment, a file, a map.
    ///
    /// | name | value |
    /// |---|---|
    /// | `TOKEN_URL` | the token endpoint of your realm |
    /// | `API_BASE_URL` | the API, up to and including `/api/m2m/v1` |
    /// | `CLIENT_ID`, `CLIENT_SECRET` | who the client is |
    /// | `SCOPE` | optional; Persium needs none. Empty counts as unset |
    /// | `PERSIUM_AUTHENTICATION` | optional: `form` (the default) or `basic` |
    /// | `PERSIUM_ALLOW_LOOPBACK_HTTP` | optional: `1` or `true` permits `http` to this machine, for tests |
    ///
    /// ```
    /// use persium_core::Config;
    ///
    /// let look_up = |name: &str| match name {
    ///     "TOKEN_URL" => Some("https://sso.example.com/realms/acme/protocol/openid-connect/token".to_owned()),
    ///     "API_BASE_URL" => Some("https://api.persium.co.uk/api/m2m/v1".to_owned()),
    ///     "CLIENT_ID" => Some("acme-corp-backend".to_owned()),
    ///     "CLIENT_SECRET" => Some("s3cret\n".to_owned()),
    ///     _ => None,
    /// };
    /// let error = Config::from_lookup(look_up).unwrap_err();
    /// assert_eq!(error.to_string(), "CLIENT_SECRET ends with a newline (character 7): remove it");
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_config`], naming the first value that is missing or cannot be right, with the position (in
    /// characters, from 1) of what is wrong with it. No part of a client's id or secret is in the error. One that is not
    /// UTF-8 is told as that, where the look-up gives an `OsString`.
    pub fn from_lookup<V: Into<OsString>>(look_up: impl Fn(&str) -> Option<V>) -> Result<Self, Error> {
        let look_up = |variable| look_up(variable).map(|value| in_utf8(variable, value)).transpose();
        let mut builder = Self::builder();
        builder.token_url = look_up(variable::TOKEN_URL)?;
        builder.api_base_url = look_up(variable::API_BASE_URL)?;
        builder.client_id = look_up(variable::CLIENT_ID)?;
        builder.client_secret = look_up(variable::CLIENT_SECRET)?.map(Secret::from);
        builder.scope = look_up(variable::SCOPE)?;
        if let Some(word) = look_up(variable::AUTHENTICATION)? {
            builder.authentication = Authentication::parse(&word)?;
        }
        if is_set(variable::ALLOW_LOOPBACK_HTTP, look_up(variable::ALLOW_LOOPBACK_HTTP)?)? {
            builder = builder.allow_loopback_http();
        }
        builder.build()
    }

    /// The same where the secret may lie in a file: the one that `CLIENT_SECRET_FILE` names, its content less one line
    /// ending. `read` gives a file's content. The path is given back, for who reads it again when the secret rotates.
    ///
    /// ```
    /// use persium_core::Config;
    ///
    /// let look_up = |name: &str| match name {
    ///     "TOKEN_URL" => Some("https://sso.example.com/realms/acme/protocol/openid-connect/token".to_owned()),
    ///     "API_BASE_URL" => Some("https://api.persium.co.uk/api/m2m/v1".to_owned()),
    ///     "CLIENT_ID" => Some("acme-corp-backend".to_owned()),
    ///     "CLIENT_SECRET_FILE" => Some("/run/secrets/persium".to_owned()),
    ///     _ => None,
    /// };
    /// let (config, path) = Config::from_lookup_and_files(look_up, |_| Ok("s3cret\n".to_owned()))?;
    /// assert_eq!(path.as_deref(), Some("/run/secrets/persium"));
    /// # let _ = config;
    /// # Ok::<(), persium_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_lookup`](Self::from_lookup); and naming `CLIENT_SECRET_FILE` where it is set beside `CLIENT_SECRET`, or
    /// the file cannot be read or holds what can be no secret. The path is not in the error: somebody may have put the
    /// secret itself there.
    pub fn from_lookup_and_files<V: Into<OsString>>(
        look_up: impl Fn(&str) -> Option<V>,
        read: impl FnOnce(&str) -> io::Result<String>,
    ) -> Result<(Self, Option<String>), Error> {
        let path =
            look_up(variable::CLIENT_SECRET_FILE).map(|path| in_utf8(variable::CLIENT_SECRET_FILE, path));
        let Some(path) = path.transpose()?.filter(|path| !path.is_empty()) else {
            return Ok((Self::from_lookup(look_up)?, None));
        };
        let refuse = |problem: String| Error::config(variable::CLIENT_SECRET_FILE, problem);
        if look_up(variable::CLIENT_SECRET).is_some_and(|secret| !secret.into().is_empty()) {
            return Err(refuse("is set beside CLIENT_SECRET: unset one of the two".to_owned()));
        }
        let content = read(&path).map(Zeroizing::new).map_err(|error| {
            let problem = format!("names a file that cannot be read: {error}");
            Error::flawed(variable::CLIENT_SECRET_FILE, Flaw::UnreadableFile, problem)
        })?;
        let secret = Self::without_final_newline(&content);
        let with_secret = |name: &str| match name {
            variable::CLIENT_SECRET => Some(secret.into()),
            name => look_up(name).map(Into::into),
        };
        let config = Self::from_lookup(with_secret).map_err(|error| {
            let text = error.to_string();
            let Some(problem) = text.strip_prefix(variable::CLIENT_SECRET) else { return error };
            let flaw = match error.kind() {
                Kind::Config { flaw: Flaw::Missing, .. } => Flaw::EmptyFile,
                Kind::Config { flaw, .. } => *flaw,
                _ => Flaw::Other,
            };
            let problem = format!("names a file whose content{problem}");
            Error::flawed(variable::CLIENT_SECRET_FILE, flaw, problem)
        })?;
        Ok((config, Some(path)))
    }

    /// A secret file's content, less exactly one final LF or CRLF: what an editor or `echo` put there.
    ///
    /// Anything more is left where it is, for the configuration to refuse by its position.
    ///
    /// ```
    /// use persium_core::Config;
    ///
    /// assert_eq!(Config::without_final_newline("s3cret\r\n"), "s3cret");
    /// assert_eq!(Config::without_final_newline("s3cret\n\n"), "s3cret\n");
    /// ```
    #[must_use]
    pub fn without_final_newline(content: &str) -> &str {
        let Some(line) = content.strip_suffix('\n') else { return content };
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// The token endpoint, as it was given: a slash at its end is part of it.
    #[must_use]
    pub fn token_url(&self) -> &Uri {
        &self.token_url
    }

    /// What the API's paths stand below, without slashes at its end.
    #[must_use]
    pub fn api_base_url(&self) -> &Uri {
        &self.api_base_url
    }

    /// Who the client is.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.credentials.client_id()
    }

    /// The same for other credentials: those of a secret that was rotated.
    #[must_use]
    pub fn with_credentials(self, credentials: Credentials) -> Self {
        Self { credentials, ..self }
    }

    /// The same with other limits.
    ///
    /// # Errors
    ///
    /// [`Error::is_config`], by the name of the field that cannot be.
    pub fn with_limits(self, limits: Limits) -> Result<Self, Error> {
        Ok(Self { limits: limits.checked()?, ..self })
    }

    /// The scope that is asked for, if any.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// How the client proves itself to the token endpoint.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        self.authentication
    }

    /// The limits the client keeps to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl Config {
    /// What stands around a request of these credentials: made where one went wrong.
    pub(crate) fn circumstances(&self, credentials: &Credentials, sent_at: Duration) -> Circumstances {
        Circumstances {
            token_url: self.token_url.clone(),
            api_base_url: self.api_base_url.clone(),
            client_id: credentials.client_id().to_owned(),
            is_basic: self.authentication == Authentication::Basic,
            oddities: oddities(credentials),
            sent_at,
            claims: None,
            history: History::Unknown,
        }
    }
}

fn oddities(credentials: &Credentials) -> Vec<Oddity> {
    let (id, secret) = (credentials.client_id(), credentials.client_secret().expose());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '*');
    let found = [
        (has_scheme(secret), Oddity::SchemePrefix),
        (secret.starts_with("eyJ") && secret.matches('.').count() == 2, Oddity::SecretIsToken),
        (looks_secret(id) && !looks_secret(secret), Oddity::Swapped),
        (!secret.chars().all(is_plain), Oddity::SpecialCharacters),
    ];
    found.into_iter().filter_map(|(is_odd, oddity)| is_odd.then_some(oddity)).collect()
}

/// `Bearer …`, as in a header.
fn has_scheme(secret: &str) -> bool {
    let word = secret.split([' ', ':']).next().filter(|word| word.len() < secret.len());
    word.is_some_and(|word| {
        ["bearer", "basic", "authorization"].contains(&word.to_ascii_lowercase().as_str())
    })
}

/// Drawn at random, as consoles make secrets, or named so: nobody calls a client that.
fn looks_secret(value: &str) -> bool {
    let has = |kind: fn(&char) -> bool| value.chars().any(|c| kind(&c));
    let is_drawn = value.len() >= 24
        && value.chars().all(|c| c.is_ascii_alphanumeric())
        && has(char::is_ascii_digit)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase);
    is_drawn || value.to_ascii_lowercase().contains("secret")
}

/// A value that was looked up, unless it is none: of one that is not UTF-8 only the name is told.
pub(crate) fn in_utf8(variable: &'static str, value: impl Into<OsString>) -> Result<String, Error> {
    value.into().into_string().map_err(|_value| Error::config(variable, "is not UTF-8"))
}

/// Reads a switch. Anything but a plain yes or no is refused: a switch that opens something must not be guessed at.
fn is_set(variable: &'static str, value: Option<String>) -> Result<bool, Error> {
    match value.as_deref() {
        None | Some("" | "0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(Error::config(variable, "is neither 1 nor 0: set it to 1, or unset it")),
    }
}

#[cfg(test)]
mod tests;
