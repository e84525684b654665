//! What a token says of itself, read without verifying: for a diagnosis, never for a decision.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The claims of an access token (RFC 7519 section 4.1, and Keycloak's own) that a diagnosis looks at.
///
/// Whoever can change a token on its way can change these, so nothing is decided by them. Without its signature a token
/// opens nothing, and none of these is a part of it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub(crate) struct Claims {
    #[serde(default, rename = "iss")]
    pub(crate) issuer: Option<String>,
    #[serde(default, rename = "aud")]
    pub(crate) audience: Option<Audience>,
    /// Keycloak's word for the client that the token was given to.
    #[serde(default, rename = "azp")]
    pub(crate) client_id: Option<String>,
    #[serde(default)]
    pub(crate) scope: Option<String>,
    /// Seconds since the Unix epoch.
    #[serde(default, rename = "iat")]
    pub(crate) issued_at: Option<i64>,
    /// Seconds since the Unix epoch.
    #[serde(default, rename = "exp")]
    pub(crate) expires_at: Option<i64>,
}

/// One audience is a string, several are a list.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// The claims of a JSON Web Token. `None` where it is none: what a token is made of is its issuer's affair.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

impl Audience {
    /// As one line.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::One(audience) => audience.clone(),
            Self::Several(audiences) => audiences.join(" "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn the_claims_of_a_keycloak_token_are_read() {
        let claims = Claims::read(&token(
            r#"{"iss":"https://sso.test/realms/a","aud":"account","azp":"acme","iat":1,"exp":301,"scope":"email","realm_access":{}}"#,
        ));
        let claims = claims.unwrap();
        assert_eq!(claims.issuer.as_deref(), Some("https://sso.test/realms/a"));
        assert_eq!(claims.audience.map(|audience| audience.words()).as_deref(), Some("account"));
        assert_eq!((claims.issued_at, claims.expires_at), (Some(1), Some(301)));
        let several = Claims::read(&token(r#"{"aud":["a","b"]}"#)).unwrap().audience;
        assert_eq!(several.map(|audience| audience.words()).as_deref(), Some("a b"));
    }

    #[test]
    fn what_is_no_json_web_token_has_no_claims() {
        for token in ["", "opaque", "a.b", "a.!!.c", "a.e30", ".."] {
            assert!(Claims::read(token).is_none_or(|claims| claims == Claims::default()), "{token}");
        }
    }
}
