//! Why a server's certificate was refused, told more exactly than by who refused it.

use std::fmt;
use std::sync::Arc;

use persium_core::SelfIssued;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
};

/// A verifier that refuses and takes what another one does, and says of a certificate that is signed by itself that it is.
#[derive(Debug)]
pub(crate) struct Explained {
    verifier: Arc<dyn ServerCertVerifier>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Explained {
    pub(crate) fn new(verifier: Arc<dyn ServerCertVerifier>, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { verifier, algorithms }
    }

    /// The same refusal, or a more exact one: never none.
    fn explain(&self, error: Error, certificate: &CertificateDer<'_>) -> Error {
        match error {
            Error::InvalidCertificate(refusal)
                if is_about_the_issuer(&refusal) && is_signed_by_itself(certificate, &self.algorithms) =>
            {
                CertificateError::Other(OtherError(Arc::new(SelfSigned))).into()
            }
            other => other,
        }
    }
}

/// Where it may lie in who signed it: an unknown authority, or an authority's own in a server's place, for which rustls has no
/// kind of its own.
fn is_about_the_issuer(refusal: &CertificateError) -> bool {
    match refusal {
        CertificateError::UnknownIssuer => true,
        CertificateError::Other(other) => other.to_string().contains("CaUsedAsEndEntity"),
        _ => false,
    }
}

/// Whether its own key made its signature. One of an algorithm that is not known is not said to be.
fn is_signed_by_itself(certificate: &CertificateDer<'_>, algorithms: &WebPkiSupportedAlgorithms) -> bool {
    let Some(own) = SelfIssued::read(certificate) else { return false };
    algorithms.all.iter().any(|algorithm| {
        algorithm.public_key_alg_id().as_ref() == own.key_algorithm
            && algorithm.signature_alg_id().as_ref() == own.signature_algorithm
            && algorithm.verify_signature(own.key, own.signed, own.signature).is_ok()
    })
}

/// What such a certificate is refused for. rustls shows what is in its [`OtherError`] as a program would read it, so that this is
/// shown in its place.
#[derive(Debug)]
pub(crate) struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid peer certificate: it is signed by its own key, and is not trusted here")
    }
}

impl std::error::Error for SelfSigned {}

impl ServerCertVerifier for Explained {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| self.explain(error, end_entity))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.verifier.requires_raw_public_keys()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.verifier.root_hint_subjects()
    }
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring;

    use super::*;
    use crate::tls;

    /// Answers the same to every certificate.
    #[derive(Debug)]
    struct Says(Result<(), CertificateError>);

    impl ServerCertVerifier for Says {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            match &self.0 {
                Ok(()) => Ok(ServerCertVerified::assertion()),
                Err(error) => Err(error.clone().into()),
            }
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(CertificateError::BadSignature.into())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(CertificateError::BadSignature.into())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ED25519]
        }
    }

    /// A certificate that is signed by its own key.
    const ITS_OWN: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBUDCCAQKgAwIBAgIUX9UpCaWx98XE7SFV+VTQgipH68IwBQYDK2VwMB4xHDAa\n\
BgNVBAMME2FwaS5wZXJzaXVtLmV4YW1wbGUwIBcNMjYxMTI0MTUwMDU5WhgPMjEy\n\
NjEwMzExNTAwNTlaMB4xHDAaBgNVBAMME2FwaS5wZXJzaXVtLmV4YW1wbGUwKjAF\n\
BgMrZXADIQBJHP0mzkrL+guM7j1dhdBgqHRwevee8BlhhUzyiMieGaNQME4wHQYD\n\
VR0OBBYEFO3Pth+fDK6hbZGBPJtAVED7rtvxMB8GA1UdIwQYMBaAFO3Pth+fDK6h\n\
bZGBPJtAVED7rtvxMAwGA1UdEwEB/wQCMAAwBQYDK2VwA0EAWXwE35XCaMstaptY\n\
PeFSO+B9P+v9zR+2YOnkxt+8wmNv9pZ/t9eWloNZClOl9BnrYN0uqtJFrba4Knt6\n\
4Qy9Dw==\n\
-----END CERTIFICATE-----";

    fn its_own() -> CertificateDer<'static> {
        tls::certificates("the certificate", ITS_OWN.as_bytes()).unwrap().remove(0)
    }

    fn verify(says: Result<(), CertificateError>, certificate: &[u8]) -> Result<ServerCertVerified, Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        let explained = Explained::new(Arc::new(Says(says)), algorithms);
        assert_eq!(explained.supported_verify_schemes(), [SignatureScheme::ED25519]);
        let name = ServerName::try_from("api.persium.example").unwrap();
        explained.verify_server_cert(&certificate.into(), &[], &name, &[], UnixTime::now())
    }

    fn other(text: &str) -> CertificateError {
        CertificateError::Other(OtherError(Arc::from(Box::from(text))))
    }

    #[test]
    fn what_another_verifier_takes_or_refuses_stays_taken_or_refused() {
        assert!(verify(Ok(()), b"no certificate").is_ok() && verify(Ok(()), &its_own()).is_ok());
        let refusals = [
            CertificateError::Expired,
            CertificateError::UnknownIssuer,
            CertificateError::NotValidForName,
            CertificateError::Revoked,
            CertificateError::BadSignature,
            CertificateError::BadEncoding,
            other("CaUsedAsEndEntity"),
            other("else"),
        ];
        for refusal in refusals {
            for certificate in [&its_own()[..], b"no certificate"] {
                assert!(verify(Err(refusal.clone()), certificate).is_err(), "{refusal:?}");
            }
        }
    }

    #[test]
    fn only_who_signed_it_is_explained_and_only_where_its_own_key_did() {
        let is_explained = |refusal: CertificateError, certificate: &[u8]| {
            let error = verify(Err(refusal), certificate).unwrap_err();
            matches!(error, Error::InvalidCertificate(CertificateError::Other(other)) if other.0.is::<SelfSigned>())
        };
        assert!(is_explained(CertificateError::UnknownIssuer, &its_own()));
        assert!(is_explained(other("CaUsedAsEndEntity"), &its_own()));
        assert!(!is_explained(CertificateError::Expired, &its_own()));
        assert!(!is_explained(other("else"), &its_own()));
        // The last byte is the signature's.
        let mut forged = its_own().to_vec();
        *forged.last_mut().unwrap() ^= 1;
        assert!(!is_explained(CertificateError::UnknownIssuer, &forged));
    }
}
