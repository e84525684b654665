//! What a client was told and what it held when an exchange went wrong: the ground a diagnosis stands on.

use std::time::Duration;

use http::Uri;

use crate::claims::Claims;

/// What stood around an exchange. Holds no secret; made where something went wrong, and nowhere else.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) token_url: Uri,
    pub(crate) api_base_url: Uri,
    pub(crate) client_id: String,
    /// Whether the client proves itself by HTTP Basic.
    pub(crate) is_basic: bool,
    /// What is odd about the credentials, by their looks alone.
    pub(crate) oddities: Vec<Oddity>,
    /// The wall clock when the request was sent, since the Unix epoch.
    pub(crate) sent_at: Duration,
    /// What the bearer of the request said of itself.
    pub(crate) claims: Option<Claims>,
    /// How the bearer, or the credentials, did before.
    pub(crate) history: History,
}

/// What is odd about a client's id and secret. None of it proves anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Oddity {
    /// The secret begins with a header's word, such as `Bearer`.
    SchemePrefix,
    /// The secret has the shape of a JSON Web Token.
    SecretIsToken,
    /// The id looks like a secret, and the secret like an id.
    Swapped,
    /// The secret holds characters that HTTP Basic needs encoded (RFC 6749 section 2.3.1).
    SpecialCharacters,
}

/// How what was refused did before.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum History {
    /// Nothing is known.
    #[default]
    Unknown,
    /// These very credentials brought a token before.
    WorkedBefore,
    /// The bearer was the second one: an older one had just been refused to the same call.
    SecondBearer,
}
