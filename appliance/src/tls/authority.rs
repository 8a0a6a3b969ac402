//! The site's own certificate authority: made once, held by name constraints to the site's names.

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::{HostNames, TlsError};

/// Hosts without NTP are a day off often enough: everything is valid a day before it is made.
const EARLY: Duration = Duration::days(1);
/// An authority outlives the hardware it was made on; it is rotated, not awaited.
const AUTHORITY_LIFETIME: Duration = Duration::days(20 * 365);
/// The longest a public client would accept, so that a customer's tooling does not complain.
const LEAF_LIFETIME: Duration = Duration::days(397);

/// The site's certificate authority with its key.
pub struct Authority {
    certificate_pem: String,
    key: KeyPair,
}

/// A server certificate with its key, both PEM.
pub struct IssuedLeaf {
    /// The leaf, then the authority.
    pub chain_pem: String,
    /// PKCS#8.
    pub key_pem: zeroize::Zeroizing<String>,
}

impl Authority {
    /// Makes an authority that can vouch for these names only.
    pub fn generate(site: &str, names: &HostNames, now: OffsetDateTime) -> Result<Self, TlsError> {
        let key = KeyPair::generate().map_err(TlsError::GenerateKey)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("Atoll site {site}"));
        params.not_before = now - EARLY;
        params.not_after = now + AUTHORITY_LIFETIME;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let dns = names.dns().map(|name| GeneralSubtree::DnsName(name.to_owned()));
        let addresses = names.addresses().map(|address| {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
        });
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: dns.chain(addresses).collect(),
            excluded_subtrees: Vec::new(),
        });
        let certificate = params
            .self_signed(&key)
            .map_err(|source| TlsError::Sign { subject: site.to_owned(), source })?;
        Ok(Self { certificate_pem: certificate.pem(), key })
    }

    /// Reads back what [`Self::certificate_pem`] and [`Self::key_pem`] wrote.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, TlsError> {
        let key = KeyPair::from_pem(key_pem)
            .map_err(|source| TlsError::ReadAuthority { part: "key", source })?;
        Issuer::from_ca_cert_pem(certificate_pem, &key)
            .map_err(|source| TlsError::ReadAuthority { part: "certificate", source })?;
        Ok(Self { certificate_pem: certificate_pem.to_owned(), key })
    }

    /// The certificate every client of the site carries.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The key: for a file of mode 0600 and nowhere else.
    pub fn key_pem(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(self.key.serialize_pem())
    }

    /// SHA-256 of the certificate's DER, lower-case hex: what `atoll login --ca-sha256` compares.
    pub fn sha256(&self) -> Result<String, TlsError> {
        use rustls_pki_types::pem::PemObject as _;
        let der = rustls_pki_types::CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .map_err(|source| TlsError::ReadPem { part: "certificate", source })?;
        Ok(hex::encode(Sha256::digest(&der)))
    }

    /// Issues a server certificate for these names.
    pub fn issue(&self, names: &HostNames, now: OffsetDateTime) -> Result<IssuedLeaf, TlsError> {
        let subject = names.texts().first().cloned().ok_or(TlsError::NameNone)?;
        let sign = |source| TlsError::Sign { subject: subject.clone(), source };
        let key = KeyPair::generate().map_err(TlsError::GenerateKey)?;
        let mut params = CertificateParams::new(names.texts()).map_err(sign)?;
        params.distinguished_name.push(DnType::CommonName, subject.clone());
        params.not_before = now - EARLY;
        params.not_after = now + LEAF_LIFETIME;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let issuer = Issuer::from_ca_cert_pem(&self.certificate_pem, &self.key)
            .map_err(|source| TlsError::ReadAuthority { part: "certificate", source })?;
        let leaf = params.signed_by(&key, &issuer).map_err(sign)?;
        Ok(IssuedLeaf {
            chain_pem: format!("{}{}", leaf.pem(), self.certificate_pem),
            key_pem: zeroize::Zeroizing::new(key.serialize_pem()),
        })
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for IssuedLeaf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("IssuedLeaf").finish_non_exhaustive()
    }
}
