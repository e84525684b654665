//! What the API asks of a token beyond its being good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use super::Denial;

/// A scope and an audience that tokens have to have; none, unless told.
#[derive(Debug, Default)]
pub(crate) struct Demand {
    pub(crate) scope: Option<String>,
    pub(crate) audience: Option<String>,
}

#[derive(Default, Deserialize)]
struct Claims {
    #[serde(default)]
    scope: String,
    /// A string where it is one, a list where they are several (RFC 7519 §4.1.3).
    #[serde(default)]
    aud: Value,
}

impl Demand {
    /// Looks at a token that was verified.
    pub(crate) fn check(&self, token: &str) -> Result<(), Denial> {
        if self.scope.is_none() && self.audience.is_none() {
            return Ok(());
        }
        let claims = claims(token).unwrap_or_default();
        let is_for = |audience: &str| match &claims.aud {
            Value::String(one) => one == audience,
            Value::Array(several) => several.iter().any(|one| one == audience),
            _ => false,
        };
        if self.audience.as_deref().is_some_and(|audience| !is_for(audience)) {
            return Err(Denial::Invalid);
        }
        let has = |scope: &str| claims.scope.split(' ').any(|word| word == scope);
        if self.scope.as_deref().is_some_and(|scope| !has(scope)) {
            return Err(Denial::InsufficientScope);
        }
        Ok(())
    }
}

fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(scope: Option<&str>, audience: Option<&str>, payload: &str) -> Result<(), Denial> {
        let demand = Demand { scope: scope.map(str::to_owned), audience: audience.map(str::to_owned) };
        demand.check(&format!("e30.{}.x", URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn a_token_without_the_scope_is_insufficient_and_one_for_others_is_invalid() {
        let payload = r#"{"scope":"email profile","aud":["account","other"]}"#;
        assert_eq!(checked(None, None, "no json"), Ok(()));
        assert_eq!(checked(Some("email"), Some("account"), payload), Ok(()));
        assert_eq!(checked(Some("mail"), None, payload), Err(Denial::InsufficientScope));
        assert_eq!(checked(None, Some("acc"), payload), Err(Denial::Invalid));
        assert_eq!(checked(None, Some("account"), r#"{"aud":"account"}"#), Ok(()));
    }
}
