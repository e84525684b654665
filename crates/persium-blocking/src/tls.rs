//! TLS: the one module that knows which library and which provider do it.

use std::sync::Arc;

use persium_core::{Cause, Error};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, CertificateError, ClientConfig};
use rustls_platform_verifier::Verifier;

use crate::verifier::{Explained, SelfSigned};

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
    let algorithms = provider.signature_verification_algorithms;
    let verifier: Arc<dyn ServerCertVerifier> = match anchors {
        Anchors::Platform => Arc::new(Verifier::new_with_extra_roots(roots, provider).map_err(unusable)?),
        #[cfg(feature = "bundled-roots")]
        Anchors::Bundled => {
            let mut store = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            roots.into_iter().try_for_each(|root| store.add(root)).map_err(unusable)?;
            let verifier =
                rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider);
            verifier.build().map_err(|error| unusable(rustls::Error::General(error.to_string())))?
        }
    };
    // They verify as they always do: what is set here has no more to say than why they refused.
    let verifier = Arc::new(Explained::new(verifier, algorithms));
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match own {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(unusable)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(config)
}

/// Whether that may be the server's refusal of the handshake after our half of it was done, as in TLS 1.3 where it does not take
/// our certificate (RFC 8446 section 4.4.2.4): its alert comes in place of an answer.
pub(crate) fn is_refused_late(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::AlertReceived(_))
}

/// What exactly a handshake by that configuration failed by. The platform's own verifiers tell an unknown authority apart, and
/// little else.
pub(crate) fn cause(error: &rustls::Error, config: &ClientConfig) -> Option<Cause> {
    match error {
        rustls::Error::InvalidCertificate(error) => of_theirs(error),
        rustls::Error::AlertReceived(alert) => of_ours(*alert, config),
        _ => None,
    }
}

/// Why we refuse the server's certificate.
fn of_theirs(error: &CertificateError) -> Option<Cause> {
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
        CertificateError::Other(other) if other.0.is::<SelfSigned>() => Some(Cause::SelfSigned),
        _ => None,
    }
}

/// Why the server refuses ours, by its alert (RFC 8446 section 6.2). Without a certificate of our own only one of them says so:
/// the others are also what a proxy that looks into TLS says of the certificate of the server behind it.
fn of_ours(alert: AlertDescription, config: &ClientConfig) -> Option<Cause> {
    let is_given = config.client_auth_cert_resolver.has_certs();
    match alert {
        AlertDescription::CertificateRequired if !is_given => Some(Cause::ClientCertificateMissing),
        AlertDescription::CertificateRequired
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
            if is_given =>
        {
            Some(Cause::ClientCertificateRefused)
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
