//! TLS: the one module that knows which library and which provider do it.

use std::sync::Arc;

use persium_core::Error;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// What to trust, and what to show.
#[derive(Default)]
pub(crate) struct Identity {
    /// CA certificates beside the platform's.
    pub(crate) roots: Vec<Certificate<'static>>,
    /// A certificate of our own, its chain after it, and its key (RFC 8446 section 4.4.2).
    pub(crate) own: Option<ClientCert>,
}

/// The platform's roots and those given.
///
/// The provider is named: where two are compiled in by others, the default one would be a panic.
pub(crate) fn config(identity: Identity) -> TlsConfig {
    let Identity { mut roots, own } = identity;
    let roots = if roots.is_empty() {
        RootCerts::PlatformVerifier
    } else {
        let platform = rustls_native_certs::load_native_certs();
        roots.extend(platform.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()));
        RootCerts::new_with_certs(&roots)
    };
    TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .root_certs(roots)
        .client_cert(own)
        .build()
}

/// The certificates of a PEM text: at least one.
pub(crate) fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<Certificate<'static>>, Error> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .map(|certificate| certificate.map(|certificate| Certificate::from_der(&certificate).to_owned()))
        .collect::<Result<_, _>>()
        .map_err(|error| Error::config(what, format!("is not PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(Error::config(what, "holds no certificate: expected PEM with BEGIN CERTIFICATE"));
    }
    Ok(certificates)
}

/// The private key of a PEM text.
pub(crate) fn private_key(pem: &[u8]) -> Result<PrivateKey<'static>, Error> {
    let unreadable = || {
        Error::config("the client certificate's key", "cannot be read: expected PEM with BEGIN PRIVATE KEY")
    };
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| unreadable())?;
    PrivateKey::from_pem(pem).map_err(|_| unreadable())
}
