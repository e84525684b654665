//! Who the client is, and how it proves that.

use zeroize::Zeroizing;

use super::text::{self, Text};
use super::variable;
use crate::error::Error;
use crate::secret::{Redactor, Secret};

/// Who the client is.
///
/// ```
/// use persium_core::Credentials;
///
/// let rotated = Credentials::new("acme-corp-backend", "n3w s3cret")?;
/// assert_eq!(rotated.client_id(), "acme-corp-backend");
/// assert!(Credentials::new("acme-corp-backend", "<client secret>").is_err(), "a placeholder is none");
/// # Ok::<(), persium_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
}

impl Credentials {
    /// A client's id and its secret, held to the rules of the configuration.
    ///
    /// # Errors
    ///
    /// [`Error::is_config`], naming `CLIENT_ID` or `CLIENT_SECRET` and the position of what is wrong with it.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Result<Self, Error> {
        let (client_id, client_secret) = (client_id.into(), client_secret.into());
        text::check(variable::CLIENT_ID, &client_id, Text::Word)?;
        text::check(variable::CLIENT_SECRET, client_secret.expose(), Text::Secret)?;
        Ok(Self { client_id, client_secret })
    }

    /// The client's identifier.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Its secret.
    #[must_use]
    pub fn client_secret(&self) -> &Secret {
        &self.client_secret
    }

    /// RFC 6749 section 2.3.1: "The client identifier is encoded using the "application/x-www-form-urlencoded" encoding
    /// algorithm ... and the encoded value is used as the username; the client password is encoded using the same
    /// algorithm and used as the password."
    pub(crate) fn pair(&self) -> Zeroizing<String> {
        let encode = |part: &str| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
        Zeroizing::new(format!("{}:{}", encode(&self.client_id), encode(self.client_secret.expose())))
    }

    /// Takes the secret out of what a server sent, in whatever form it was sent there, and `token`.
    pub(crate) fn redactor(&self, token: Option<&str>) -> Redactor {
        let secret = self.client_secret.expose();
        let plain = Zeroizing::new(format!("{}:{secret}", self.client_id));
        let pair = self.pair();
        Redactor::new([secret].into_iter().chain(token)).with_pairs([plain.as_str(), pair.as_str()])
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

/// How the client proves itself to the token endpoint (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Authentication {
    /// `client_id` and `client_secret` in the form body: what Persium's pages show.
    #[default]
    Form,
    /// The `Authorization: Basic` header, both parts form-encoded first.
    Basic,
}

impl Authentication {
    pub(super) fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "" => Ok(Self::default()),
            word if word.eq_ignore_ascii_case("form") => Ok(Self::Form),
            word if word.eq_ignore_ascii_case("basic") => Ok(Self::Basic),
            _ => Err(Error::config(variable::AUTHENTICATION, "is neither form nor basic")),
        }
    }
}
