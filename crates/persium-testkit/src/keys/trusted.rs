//! The public halves that verify a token: the kit's own, or those of another server's key set.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rsa::PublicKeyComponents;
use ring::signature::RSA_PKCS1_2048_8192_SHA256;
use serde::Deserialize;

/// RS256 keys that are for signatures, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedKeys(Vec<TrustedKey>);

#[derive(Clone, Debug)]
struct TrustedKey {
    kid: String,
    components: PublicKeyComponents<Vec<u8>>,
}

/// Why a token is not one: for the challenge's `error_description`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotAToken {
    Malformed,
    Algorithm,
    UnknownKey,
    Signature,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    kid: Option<String>,
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl TrustedKeys {
    pub(crate) fn new(keys: impl Iterator<Item = (String, Vec<u8>, Vec<u8>)>) -> Self {
        Self(keys.map(|(kid, n, e)| TrustedKey { kid, components: PublicKeyComponents { n, e } }).collect())
    }

    /// Reads a JSON Web Key Set (RFC 7517). Keys for encryption and of other kinds are passed over.
    pub(crate) fn from_document(document: &str) -> Result<Self, String> {
        let document: Document =
            serde_json::from_str(document).map_err(|error| format!("not a JSON Web Key Set: {error}"))?;
        let keys = document.keys.into_iter().filter(|entry| {
            entry.kty == "RSA" && entry.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
        });
        let decode = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?.trim_end_matches('=')).ok();
        let keys: Vec<_> = keys.filter_map(|key| Some((key.kid?, decode(key.n)?, decode(key.e)?))).collect();
        if keys.is_empty() {
            return Err("the JSON Web Key Set has no RSA key for signatures with `kid`, `n` and `e`".into());
        }
        Ok(Self::new(keys.into_iter()))
    }

    /// The payload of a token that one of these keys signed by RS256.
    pub(crate) fn verify(&self, token: &str) -> Result<Vec<u8>, NotAToken> {
        let (signed, signature) = token.rsplit_once('.').ok_or(NotAToken::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(NotAToken::Malformed)?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken::Malformed);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| NotAToken::Malformed)?;
        if header.alg != "RS256" {
            return Err(NotAToken::Algorithm);
        }
        let key = self.0.iter().find(|key| Some(&key.kid) == header.kid.as_ref());
        key.ok_or(NotAToken::UnknownKey)?
            .components
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature)?)
            .map_err(|_| NotAToken::Signature)?;
        decode(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyRing;

    #[test]
    fn a_key_set_read_back_verifies_what_its_ring_signed() {
        let ring = KeyRing::default();
        let document =
            serde_json::to_string(&ring.document(crate::keys::KeyOrder::CertificateFirst)).unwrap();
        let keys = TrustedKeys::from_document(&document).unwrap();
        assert_eq!(keys.0.len(), 1, "the encryption key is passed over");
        assert!(keys.verify(&ring.sign("JWT", b"{}")).is_ok());
    }

    #[test]
    fn tampered_foreign_and_unsigned_tokens_are_told_apart() {
        let ring = KeyRing::default();
        let (keys, token) = (ring.trusted(), ring.sign("JWT", br#"{"a":1}"#));
        let parts: Vec<_> = token.split('.').collect();
        let forged = [parts[0], &URL_SAFE_NO_PAD.encode(br#"{"a":2}"#), parts[2]].join(".");
        assert_eq!(keys.verify(&forged), Err(NotAToken::Signature));
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        assert_eq!(keys.verify(&format!("{none}.{}.", parts[1])), Err(NotAToken::Algorithm));
        assert_eq!(keys.verify("nonsense"), Err(NotAToken::Malformed));
        assert_eq!(TrustedKeys::default().verify(&token), Err(NotAToken::UnknownKey));
    }

    #[test]
    fn a_document_without_a_usable_key_says_so() {
        assert!(TrustedKeys::from_document(r#"{"keys":[]}"#).unwrap_err().contains("no RSA key"));
        assert!(TrustedKeys::from_document("<html>").unwrap_err().contains("not a JSON Web Key Set"));
    }
}
