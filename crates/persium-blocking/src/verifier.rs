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
