//! What a token says of itself, read without verifying: for a diagnosis, never for a decision.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::secret::Redactor;

/// The claims of an access token (RFC 7519 section 4.1, and Keycloak's own) that a diagnosis looks at.
///
/// Whoever can change a token on its way can change these, so nothing is decided by them. Without its signature a token
/// opens nothing, and none of these is a part of it. What else is secret is taken out of them when they are read.
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
    pub(crate) fn read(token: &str, redactor: &Redactor) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        let claims: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let clean = |text: String| redactor.clean(&text).into_owned();
        let audience = claims.audience.map(|audience| match audience {
            Audience::One(one) => Audience::One(clean(one)),
            Audience::Several(several) => Audience::Several(several.into_iter().map(clean).collect()),
        });
        Some(Self {
            issuer: claims.issuer.map(clean),
            audience,
            client_id: claims.client_id.map(clean),
            scope: claims.scope.map(clean),
            ..claims
        })
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

    fn read(token: &str) -> Option<Claims> {
        Claims::read(token, &Redactor::new(["s3cret"]))
    }

    fn token(payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn the_claims_of_a_keycloak_token_are_read() {
        let claims = read(&token(
            r#"{"iss":"https://sso.test/realms/a","aud":"account","azp":"acme","iat":1,"exp":301,"scope":"email","realm_access":{}}"#,
        ));
        let claims = claims.unwrap();
        assert_eq!(claims.issuer.as_deref(), Some("https://sso.test/realms/a"));
        assert_eq!(claims.audience.map(|audience| audience.words()).as_deref(), Some("account"));
        assert_eq!((claims.issued_at, claims.expires_at), (Some(1), Some(301)));
        let several = read(&token(r#"{"aud":["a","b"]}"#)).unwrap().audience;
        assert_eq!(several.map(|audience| audience.words()).as_deref(), Some("a b"));
    }

    #[test]
    fn what_is_no_json_web_token_has_no_claims() {
        for token in ["", "opaque", "a.b", "a.!!.c", "a.e30", ".."] {
            assert!(read(token).is_none_or(|claims| claims == Claims::default()), "{token}");
        }
    }

    #[test]
    fn a_secret_that_a_token_repeats_is_taken_out() {
        let claims = read(&token(r#"{"iss":"s3cret","aud":["a","s3cret"],"azp":"s3cret","scope":"s3cret"}"#));
        assert!(!format!("{claims:?}").contains("s3cret"), "{claims:?}");
    }
}
