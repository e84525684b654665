//! TLS: the one module that knows which library and which provider do it.

use std::sync::Arc;

use persium_core::{Cause, Error};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig};
use rustls_platform_verifier::Verifier;

/// Whose certificates to trust.
#[derive(Clone, Copy, Default)]
pub(crate) enum Anchors {
    /// The CAs that this machine trusts, by its own rules.
    #[default]
    Platform,
    /// Those that Mozilla trusts, compiled in.
    #[cfg(feature = "bundled-roots")]
    Bundled,
}

/// What to trust, and what to show.
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) anchors: Anchors,
    /// CA certificates beside them.
    pub(crate) roots: Vec<CertificateDer<'static>>,
    /// A certificate of our own, its chain after it, and its key (RFC 8446 section 4.4.2).
    pub(crate) own: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

/// Trusts and shows what it is told, and offers `protocols`, the one it likes best first.
///
/// The provider is named: where two are compiled in by others, the default one would be a panic.
pub(crate) fn client_config(identity: Identity, protocols: &[&str]) -> Result<ClientConfig, Error> {
    let Identity { anchors, roots, own } = identity;
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let unusable = |error: rustls::Error| Error::config("the TLS set-up", format!("cannot be used: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = match anchors {
        Anchors::Platform => {
            let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(unusable)?;
            // The platform's own verifier is what is set here.
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        #[cfg(feature = "bundled-roots")]
        Anchors::Bundled => {
            let mut store = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            roots.into_iter().try_for_each(|root| store.add(root)).map_err(unusable)?;
            builder.with_root_certificates(store)
        }
    };
    let mut config = match own {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(unusable)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(config)
}

/// Whether the server refused the handshake after our half of it was done, as it does in TLS 1.3 where it does not take our
/// certificate (RFC 8446 section 4.4.2.4): its alert comes in place of an answer.
pub(crate) fn is_refused_late(error: Option<&rustls::Error>) -> bool {
    matches!(error, Some(rustls::Error::AlertReceived(_)))
}

/// What exactly a handshake failed by. The platform's own verifiers tell an unknown authority apart, and little else.
pub(crate) fn cause(error: &rustls::Error) -> Option<Cause> {
    let rustls::Error::InvalidCertificate(error) = error else { return None };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Some(Cause::CertificateExpired)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some(Cause::CertificateNotYetValid)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some(Cause::WrongHost)
        }
        CertificateError::UnknownIssuer => Some(Cause::UntrustedIssuer),
        // webpki's word for it has no kind of rustls's own.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            Some(Cause::SelfSigned)
        }
        _ => None,
    }
}

/// The certificates of a PEM text: at least one.
pub(crate) fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| Error::config(what, format!("is not PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(Error::config(what, "holds no certificate: expected PEM with BEGIN CERTIFICATE"));
    }
    Ok(certificates)
}

/// The private key of a PEM text.
pub(crate) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        Error::config("the client certificate's key", "cannot be read: expected PEM with BEGIN PRIVATE KEY")
    })
}
