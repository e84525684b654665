//! A certification authority of the kit's own, the certificate it serves with, and what may be wrong with that.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
    date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{NoClientAuth, WebPkiClientVerifier};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// What is wrong with a kit's TLS.
///
/// By the system's clock and not the kit's: that is the one TLS libraries go by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TlsFault {
    /// The certificate's time is over.
    Expired,
    /// The certificate's time is to come.
    NotYetValid,
    /// The certificate is for another host.
    WrongHost,
    /// The certificate is of an authority that nobody was told to trust.
    UnknownCa,
    /// The certificate is signed by its own key.
    SelfSigned,
    /// The same, and it says that it may sign others, as the one of `openssl req -x509` does.
    SelfSignedAuthority,
    /// The certificate is of the right authority, and says that it may sign others: no server's.
    Authority,
    /// Clients must show a certificate, and none is taken: neither the kit's nor any other.
    ClientCertificateRefused,
    /// The connection is reset in the handshake.
    HandshakeCut,
}

impl TlsFault {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Expired,
        Self::NotYetValid,
        Self::WrongHost,
        Self::UnknownCa,
        Self::SelfSigned,
        Self::SelfSignedAuthority,
        Self::Authority,
        Self::ClientCertificateRefused,
        Self::HandshakeCut,
    ];
}

/// An authority that nobody was told of, and another one.
const UNKNOWN: &str = "persium-testkit unknown CA";
const STRANGE: &str = "persium-testkit strange CA";

/// How a connection begins.
pub(crate) enum Handshake {
    /// Without TLS.
    None,
    With(TlsAcceptor),
    Cut,
}

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Demand {
    #[default]
    Nothing,
    /// One of the kit's own authority.
    Certificate,
}

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// How a kit serves, whatever certificate it shows.
struct Manner {
    address: IpAddr,
    has_http2: bool,
    verifier: Arc<dyn ClientCertVerifier>,
}

/// The kit's TLS: made at start, gone at the end, so nobody who trusts its authority trusts anything else.
pub(crate) struct Tls {
    ca_pem: String,
    issuer: Issuer<'static, KeyPair>,
    manner: Manner,
    /// What a client is to show, where one is demanded.
    client: Option<Identity>,
    right: TlsAcceptor,
    broken: Option<Option<TlsAcceptor>>,
}

impl Tls {
    /// For `localhost`, 127.0.0.1 and the kit's own address.
    pub(crate) fn new(address: IpAddr, has_http2: bool, demand: Demand) -> Self {
        let (ca_pem, issuer, verifier) = authority("persium-testkit test CA");
        let (verifier, client) = match demand {
            Demand::Nothing => (Arc::new(NoClientAuth) as _, None),
            Demand::Certificate => (verifier, Some(identity(&issuer))),
        };
        let manner = Manner { address, has_http2, verifier };
        let right = acceptor(&issuer, &manner, None);
        Self { ca_pem, issuer, manner, client, right, broken: None }
    }

    pub(crate) fn client(&self) -> Option<&Identity> {
        self.client.as_ref()
    }

    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What new connections meet from now on.
    pub(crate) fn set_fault(&mut self, fault: Option<TlsFault>) {
        let make = |fault| match fault {
            TlsFault::HandshakeCut => None,
            TlsFault::UnknownCa => {
                let (_, stranger, _) = authority(UNKNOWN);
                Some(acceptor(&stranger, &self.manner, None))
            }
            TlsFault::ClientCertificateRefused => {
                let (_, _, verifier) = authority(UNKNOWN);
                Some(acceptor(&self.issuer, &Manner { verifier, ..self.manner }, None))
            }
            other => Some(acceptor(&self.issuer, &self.manner, Some(other))),
        };
        self.broken = fault.map(make);
    }

    pub(crate) fn handshake(&self) -> Handshake {
        match &self.broken {
            None => Handshake::With(self.right.clone()),
            Some(Some(acceptor)) => Handshake::With(acceptor.clone()),
            Some(None) => Handshake::Cut,
        }
    }
}

/// A new authority: its certificate in PEM, itself, and who takes its clients' certificates.
fn authority(name: &str) -> (String, Issuer<'static, KeyPair>, Arc<dyn ClientCertVerifier>) {
    let make = || -> Result<_, Box<dyn std::error::Error>> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone())?;
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        Ok((certificate.pem(), Issuer::new(params, key), verifier))
    };
    make().expect("a certificate of fixed parameters and a fresh key")
}

/// A client's certificate that no kit takes.
pub(crate) fn strange_identity() -> Identity {
    let (_, issuer, _) = authority(STRANGE);
    identity(&issuer)
}

/// A client's certificate.
fn identity(issuer: &Issuer<'static, KeyPair>) -> Identity {
    let make = || -> Result<_, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "persium-testkit client");
        let certificate = params.signed_by(&key, issuer)?;
        Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
    };
    make().expect("a certificate of fixed parameters and a fresh key")
}

fn acceptor(issuer: &Issuer<'static, KeyPair>, manner: &Manner, fault: Option<TlsFault>) -> TlsAcceptor {
    let make = || -> Result<_, Box<dyn std::error::Error>> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "persium-testkit");
        params.subject_alt_names = match fault {
            Some(TlsFault::WrongHost) => vec![SanType::DnsName("elsewhere.invalid".try_into()?)],
            _ => vec![
                SanType::DnsName("localhost".try_into()?),
                SanType::IpAddress([127, 0, 0, 1].into()),
                SanType::IpAddress(manner.address),
            ],
        };
        match fault {
            Some(TlsFault::Expired) => params.not_after = date_time_ymd(2020, 1, 1),
            Some(TlsFault::NotYetValid) => params.not_before = date_time_ymd(4000, 1, 1),
            Some(TlsFault::SelfSignedAuthority | TlsFault::Authority) => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }
            _ => {}
        }
        let leaf = match fault {
            Some(TlsFault::SelfSigned | TlsFault::SelfSignedAuthority) => params.self_signed(&key)?,
            _ => params.signed_by(&key, issuer)?,
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::clone(&manner.verifier))
            .with_single_cert(vec![leaf.der().clone()], key)?;
        let protocols: &[&[u8]] = if manner.has_http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    };
    make().expect("a certificate of fixed parameters and a fresh key")
}
