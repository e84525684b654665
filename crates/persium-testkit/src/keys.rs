//! The keys that sign tokens, and the key set that shows them.
//!
//! **Test keys.** Their private halves are published with this crate (`keys/README.md`): whoever trusts them trusts
//! everybody.

mod trusted;

pub(crate) use trusted::{NotAToken, TrustedKeys};

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// What stands before an RSA public key in a `SubjectPublicKeyInfo` of 2048 bits (RFC 5280 §4.1, RFC 3279 §2.3.1).
const SPKI_PREFIX: [u8; 24] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
];

/// The number that the encryption key's name is made from: none that signing keys come to.
const ENCRYPTION: u32 = u32::MAX;

/// One shipped key that signs.
struct SigningKey {
    pair: KeyPair,
    modulus: Vec<u8>,
    certificate: &'static [u8],
}

/// The shipped keys. Parsed once a process: they are constants, and the parsing checks cost 0.2 ms each.
fn shipped() -> &'static [SigningKey; 3] {
    static KEYS: OnceLock<[SigningKey; 3]> = OnceLock::new();
    KEYS.get_or_init(|| {
        let parse = |private: &[u8], certificate| {
            let pair = KeyPair::from_pkcs8(private).expect("a shipped key is a 2048-bit RSA key in PKCS #8");
            let modulus = PublicKeyComponents::<Vec<u8>>::from(pair.public_key()).n;
            SigningKey { pair, modulus, certificate }
        };
        [
            parse(
                include_bytes!("../keys/signing-1.pkcs8.der"),
                include_bytes!("../keys/signing-1.cert.der"),
            ),
            parse(
                include_bytes!("../keys/signing-2.pkcs8.der"),
                include_bytes!("../keys/signing-2.cert.der"),
            ),
            parse(
                include_bytes!("../keys/signing-3.pkcs8.der"),
                include_bytes!("../keys/signing-3.cert.der"),
            ),
        ]
    })
}

/// The keys of one realm: one signs, older ones are still listed until they are retired.
#[derive(Clone, Debug)]
pub(crate) struct KeyRing {
    /// Numbers of the keys that are listed, the signing one last.
    listed: Vec<u32>,
}

impl Default for KeyRing {
    fn default() -> Self {
        Self { listed: vec![0] }
    }
}

impl KeyRing {
    /// A new key signs from now on. The old ones stay listed, as in Keycloak, until [`retire_old`](Self::retire_old).
    pub(crate) fn rotate(&mut self) {
        self.listed.push(self.current() + 1);
    }

    /// Takes every key but the signing one from the list: tokens they signed are worth nothing now.
    pub(crate) fn retire_old(&mut self) {
        self.listed = vec![self.current()];
    }

    /// The JOSE header and the signature that make `payload` a token. About 1 ms.
    pub(crate) fn sign(&self, kind: &str, payload: &[u8]) -> String {
        // Keycloak's very bytes, blanks included.
        let header = format!(r#"{{"alg":"RS256","typ" : "{kind}","kid" : "{}"}}"#, kid(self.current()));
        let mut token = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let key = key(self.current());
        let mut signature = vec![0; key.modulus.len()];
        key.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .expect("signing with a key of known size into a buffer of that size");
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        token
    }

    /// The name of the key that signs.
    pub(crate) fn signing_kid(&self) -> String {
        kid(self.current())
    }

    /// What verifies the tokens of this ring.
    pub(crate) fn trusted(&self) -> TrustedKeys {
        TrustedKeys::new(
            self.listed.iter().map(|number| (kid(*number), key(*number).modulus.clone(), vec![1, 0, 1])),
        )
    }

    /// The key set, as `/certs` shows it: the encryption key first, which a verifier has to pass over.
    pub(crate) fn document(&self, order: KeyOrder) -> KeySet {
        let encryption = Jwk {
            kid: kid(ENCRYPTION),
            alg: "RSA-OAEP",
            purpose: "enc",
            certificate: include_bytes!("../keys/encryption.cert.der"),
            modulus: include_bytes!("../keys/encryption.modulus.bin").to_vec(),
            order,
        };
        let signing = self.listed.iter().rev().map(|number| {
            let SigningKey { modulus, certificate, .. } = key(*number);
            let (kid, modulus) = (kid(*number), modulus.clone());
            Jwk { kid, alg: "RS256", purpose: "sig", certificate, modulus, order }
        });
        KeySet { keys: std::iter::once(encryption).chain(signing).collect() }
    }

    /// The signing key as the realm page shows it: base64 of its `SubjectPublicKeyInfo`.
    pub(crate) fn public_key(&self) -> String {
        STANDARD.encode([&SPKI_PREFIX, key(self.current()).pair.public_key().as_ref()].concat())
    }

    fn current(&self) -> u32 {
        *self.listed.last().expect("a ring always has the key that signs")
    }
}

/// A JSON Web Key Set (RFC 7517 §5).
#[derive(Serialize)]
pub(crate) struct KeySet {
    keys: Vec<Jwk>,
}

/// Which of a key's parts come first: its numbers, or its certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyOrder {
    KeyFirst,
    CertificateFirst,
}

/// One key of it.
struct Jwk {
    kid: String,
    alg: &'static str,
    purpose: &'static str,
    certificate: &'static [u8],
    modulus: Vec<u8>,
    order: KeyOrder,
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let thumbprint = |algorithm| URL_SAFE_NO_PAD.encode(digest(algorithm, self.certificate));
        let first = [("kid", self.kid.as_str()), ("kty", "RSA"), ("alg", self.alg), ("use", self.purpose)];
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in first {
            map.serialize_entry(name, value)?;
        }
        let numbers = [("n", URL_SAFE_NO_PAD.encode(&self.modulus)), ("e", "AQAB".to_owned())];
        let numbers_at = |map: &mut S::SerializeMap, order| {
            let mut here = numbers.iter().filter(|_| self.order == order);
            here.try_for_each(|(name, value)| map.serialize_entry(name, value))
        };
        numbers_at(&mut map, KeyOrder::KeyFirst)?;
        map.serialize_entry("x5c", &[STANDARD.encode(self.certificate)])?;
        map.serialize_entry("x5t", &thumbprint(&SHA1_FOR_LEGACY_USE_ONLY))?;
        map.serialize_entry("x5t#S256", &thumbprint(&SHA256))?;
        numbers_at(&mut map, KeyOrder::CertificateFirst)?;
        map.end()
    }
}

fn key(number: u32) -> &'static SigningKey {
    let keys = shipped();
    &keys[number as usize % keys.len()]
}

/// A name of its own for each rotation, although the material comes round again.
fn kid(number: u32) -> String {
    let name = digest(&SHA256, format!("persium-testkit signing key {number}").as_bytes());
    URL_SAFE_NO_PAD.encode(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_key_is_trusted_until_it_is_retired() {
        let mut ring = KeyRing::default();
        let token = ring.sign("JWT", b"{}");
        ring.rotate();
        assert_eq!(ring.trusted().verify(&token), Ok(b"{}".to_vec()));
        ring.retire_old();
        assert!(ring.trusted().verify(&token).is_err());
        assert!(ring.trusted().verify(&ring.sign("JWT", b"{}")).is_ok());
    }

    #[test]
    fn a_name_never_comes_back_although_the_material_does() {
        let mut ring = KeyRing::default();
        let first = ring.signing_kid();
        (0..3).for_each(|_| ring.rotate());
        assert_ne!(ring.signing_kid(), first);
    }

    #[test]
    fn the_document_lists_an_encryption_key_beside_the_signing_one() {
        let document = serde_json::to_value(KeyRing::default().document(KeyOrder::CertificateFirst)).unwrap();
        let uses: Vec<_> =
            document["keys"].as_array().unwrap().iter().map(|key| key["use"].clone()).collect();
        assert_eq!(uses, ["enc", "sig"]);
    }

    #[test]
    fn the_public_key_is_a_subject_public_key_info() {
        let der = STANDARD.decode(KeyRing::default().public_key()).unwrap();
        assert_eq!(der.len(), 294);
        assert!(KeyRing::default().public_key().starts_with("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));
    }
}
