//! What a client is told once, parsed into values that cannot be wrong.

mod limits;

pub use limits::Limits;

use http::Uri;

use crate::secret::Secret;

/// Everything a client is told once.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) token_url: Uri,
    pub(crate) api_base_url: Uri,
    pub(crate) credentials: Credentials,
    pub(crate) scope: Option<String>,
    pub(crate) authentication: Authentication,
    pub(crate) limits: Limits,
}

/// Who the client is.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Credentials {
    /// The client's identifier.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
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
