//! A certification authority made for one run, and the certificate Keycloak serves with.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};

/// The authority's own certificate, in the folder that [`certify`] was given.
pub(crate) const CA: &str = "ca.pem";

/// Where a server finds what it proves itself with.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

/// Makes an authority that nobody trusts unless told to, and lays its certificate for the loopback into `folder`.
///
/// The authority's key is not kept: it signs this once.
pub(crate) fn certify(folder: &Path) -> Result<Certificate> {
    let authority_key = KeyPair::generate()?;
    let mut params = named("persium test authority")?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = params.self_signed(&authority_key)?;
    let issuer = Issuer::new(params, authority_key);

    let key = KeyPair::generate()?;
    let mut params = named("persium test Keycloak")?;
    params.subject_alt_names = vec![SanType::IpAddress(Ipv4Addr::LOCALHOST.into())];
    let leaf = params.signed_by(&key, &issuer)?;

    fs::create_dir_all(folder)?;
    let write = |name: &str, pem: String| {
        let path = folder.join(name);
        fs::write(&path, pem).with_context(|| format!("could not write {}", path.display()))?;
        Ok::<_, anyhow::Error>(path)
    };
    write(CA, authority.pem())?;
    Ok(Certificate {
        chain: write("server.pem", leaf.pem())?,
        key: write("server.key", key.serialize_pem())?,
    })
}

fn named(name: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}
