//! A certification authority of the kit's own, the certificate it serves with, and what may be wrong with that.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
    date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

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
    /// The certificate is its own authority.
    SelfSigned,
    /// The connection is reset in the handshake.
    HandshakeCut,
}

impl TlsFault {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Expired,
        Self::NotYetValid,
        Self::WrongHost,
        Self::UnknownCa,
        Self::SelfSigned,
        Self::HandshakeCut,
    ];
}

/// How a connection begins.
pub(crate) enum Handshake {
    /// Without TLS.
    None,
    With(TlsAcceptor),
    Cut,
}

/// The kit's TLS: made at start, gone at the end, so nobody who trusts its authority trusts anything else.
pub(crate) struct Tls {
    address: IpAddr,
    ca_pem: String,
    issuer: Issuer<'static, KeyPair>,
    has_http2: bool,
    right: TlsAcceptor,
    broken: Option<Option<TlsAcceptor>>,
}

impl Tls {
    /// For `localhost`, 127.0.0.1 and the kit's own address.
    pub(crate) fn new(address: IpAddr, has_http2: bool) -> Self {
        let (ca_pem, issuer) = authority("persium-testkit test CA");
        let right = acceptor(&issuer, address, has_http2, None);
        Self { address, ca_pem, issuer, has_http2, right, broken: None }
    }

    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What new connections meet from now on.
    pub(crate) fn set_fault(&mut self, fault: Option<TlsFault>) {
        let make = |fault| match fault {
            TlsFault::HandshakeCut => None,
            TlsFault::UnknownCa => {
                let (_, stranger) = authority("persium-testkit unknown CA");
                Some(acceptor(&stranger, self.address, self.has_http2, None))
            }
            other => Some(acceptor(&self.issuer, self.address, self.has_http2, Some(other))),
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

fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let make = || -> Result<_, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok((params.self_signed(&key)?.pem(), Issuer::new(params, key)))
    };
    make().expect("a certificate of fixed parameters and a fresh key")
}

fn acceptor(
    issuer: &Issuer<'static, KeyPair>,
    address: IpAddr,
    has_http2: bool,
    fault: Option<TlsFault>,
) -> TlsAcceptor {
    let make = || -> Result<_, Box<dyn std::error::Error>> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "persium-testkit");
        params.subject_alt_names = match fault {
            Some(TlsFault::WrongHost) => vec![SanType::DnsName("elsewhere.invalid".try_into()?)],
            _ => vec![
                SanType::DnsName("localhost".try_into()?),
                SanType::IpAddress([127, 0, 0, 1].into()),
                SanType::IpAddress(address),
            ],
        };
        match fault {
            Some(TlsFault::Expired) => params.not_after = date_time_ymd(2020, 1, 1),
            Some(TlsFault::NotYetValid) => params.not_before = date_time_ymd(4000, 1, 1),
            _ => {}
        }
        let leaf = match fault {
            Some(TlsFault::SelfSigned) => params.self_signed(&key)?,
            _ => params.signed_by(&key, issuer)?,
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        let protocols: &[&[u8]] = if has_http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    };
    make().expect("a certificate of fixed parameters and a fresh key")
}
