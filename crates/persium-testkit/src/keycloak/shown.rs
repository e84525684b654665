//! Tokens that a request shows: whether they are ours, and good now.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Map, Value};

use super::Keycloak;
use super::realm::{Realm, RealmClient};

/// What only this server verifies is signed with a secret of its own. Published, so worth nothing.
const SECRET: &[u8] = b"persium-testkit: not a secret";

/// The claims of a token whose signature is right.
pub(super) struct Shown(Map<String, Value>);

/// Why a token with a right signature is not good now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dead {
    Expired,
    /// Issued before what `not-before-policy` says.
    Stale,
    /// It was revoked, or its session is over.
    Ended,
}

/// A refresh token's JOSE header, payload and signature (HS512).
pub(super) fn sign(payload: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD
        .encode(r#"{"alg":"HS512","typ" : "JWT","kid" : "7f3c2a90-5d1e-4b86-9a57-c0de5ec4e700"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let signature = hmac::sign(&key(), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA512, SECRET)
}

/// The payload of a token of [`sign`]'s.
fn verified(token: &str) -> Option<Vec<u8>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (_, payload) = signed.split_once('.')?;
    hmac::verify(&key(), signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    URL_SAFE_NO_PAD.decode(payload).ok()
}

impl Shown {
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    /// The session that it belongs to.
    pub(super) fn session(&self) -> Option<&str> {
        ["sid", "session_state"].into_iter().map(|name| self.text(name)).find(|text| !text.is_empty())
    }

    pub(super) fn audiences(&self) -> Vec<String> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => {
                several.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn has_scope(&self, word: &str) -> bool {
        self.text("scope").split(' ').any(|known| known == word)
    }
}

impl Keycloak<'_> {
    /// A token of this realm's, whatever its kind and whether or not it is good now.
    pub(super) fn shown(&self, issuer: &str, token: &str) -> Option<Shown> {
        self.shown_anywhere(token).filter(|shown| shown.text("iss") == issuer)
    }

    /// The same of any realm and host of this server's.
    pub(super) fn shown_anywhere(&self, token: &str) -> Option<Shown> {
        let payload = self.keys.trusted().verify(token).ok().or_else(|| verified(token))?;
        let Ok(Value::Object(claims)) = serde_json::from_slice(&payload) else { return None };
        Some(Shown(claims))
    }

    /// Whether it is good now.
    pub(super) fn life(&self, realm: &Realm, client: &RealmClient, shown: &Shown) -> Result<(), Dead> {
        let now = self.now.wall.as_secs();
        if shown.number("exp").is_some_and(|exp| exp <= now) {
            return Err(Dead::Expired);
        }
        if shown.number("iat").is_some_and(|iat| iat < realm.not_before.max(client.not_before)) {
            return Err(Dead::Stale);
        }
        let is_ended = |id: &str| self.ended.contains(id);
        if is_ended(shown.text("jti")) || shown.session().is_some_and(is_ended) {
            return Err(Dead::Ended);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_is_verified_to_its_last_byte() {
        let token = sign(b"{}");
        assert_eq!(verified(&token).as_deref(), Some(b"{}".as_slice()));
        let (signed, _) = token.rsplit_once('.').unwrap();
        for broken in [format!("{signed}.AAAA"), signed.to_owned(), String::new(), "a.b.c".to_owned()] {
            assert_eq!(verified(&broken), None, "{broken}");
        }
    }
}
