//! The detached signature: everything needed to judge a document except the trusted root.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::certificate::{ALGORITHM, CERTIFICATE_BYTES_MAX, clip};
use crate::{
    Authority, Certificate, CertifiedKey, CertifyError, Fingerprint, Keyring, PublicKey, Purpose,
    RevocationState, Root, SIGNATURE_BYTES, SealError, SigningKey, encoding,
};

/// A seal with the longest certificate is under 2 KiB; the slot at the front of a bundle has a
/// page.
pub const SEAL_BYTES_MAX: usize = 4096;

/// The only format there is.
const FORMAT: &str = "atoll.seal/1";

/// A detached signature with its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    root: PublicKey,
    certified: Option<Certified>,
    signature: [u8; SIGNATURE_BYTES],
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Certified {
    certificate: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES],
}

/// Who signed a document, as far as the keyring vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// In whose name: the certificate's publisher, or the name of the site key in the keyring.
    pub publisher: String,
    /// The key that signed.
    pub key: Fingerprint,
    /// The certificate's serial; none for a key that signs directly.
    pub certificate: Option<String>,
    /// When the certificate ends; none for a key that signs directly.
    #[serde(with = "time::serde::rfc3339::option")]
    pub not_after: Option<OffsetDateTime>,
    /// The trusted root.
    pub root: Fingerprint,
    /// What the keyring calls the root.
    pub root_name: String,
    /// Whether the root's private half is public knowledge.
    pub demo: bool,
}

/// The JSON form. Field order is part of the format: a seal has one spelling.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    algorithm: String,
    root: PublicKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<DocumentCertificate>,
    #[serde(with = "encoding::array")]
    signature: [u8; SIGNATURE_BYTES],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentCertificate {
    document: String,
    #[serde(with = "encoding::array")]
    signature: [u8; SIGNATURE_BYTES],
}

/// Just enough to name what is unknown before the strict parse.
#[derive(Deserialize)]
struct Outline {
    format: String,
    algorithm: String,
}

impl Seal {
    /// Signs the exact bytes with a certified key.
    pub fn make(
        purpose: Purpose,
        document: &[u8],
        key: &SigningKey,
        certified: &CertifiedKey,
    ) -> Result<Self, CertifyError> {
        certified.fits(purpose, key)?;
        let envelope = certified.envelope();
        let certificate = envelope.document().to_vec();
        let signature = envelope.seal().signature;
        Ok(Self {
            root: envelope.seal().root,
            certified: Some(Certified { certificate, signature }),
            signature: key.sign(purpose, document),
        })
    }

    /// Signs the exact bytes with a key that stands for itself: a site key, or a root that
    /// certifies.
    pub fn make_direct(purpose: Purpose, document: &[u8], key: &SigningKey) -> Self {
        Self { root: key.public(), certified: None, signature: key.sign(purpose, document) }
    }

    /// Judges the document: the chain up to a root of the keyring, the certificate at
    /// `judged_at`, the revocations, the signature over the exact bytes.
    ///
    /// `judged_at` is the time the document claims for itself, so that old media stay good;
    /// what was revoked is refused whatever its age.
    pub fn verify(
        &self,
        purpose: Purpose,
        document: &[u8],
        keyring: &Keyring,
        judged_at: OffsetDateTime,
        revocations: &RevocationState,
    ) -> Result<Signer, SealError> {
        let fingerprint = self.root.fingerprint();
        let root =
            keyring.get(&fingerprint).ok_or(SealError::RootUntrusted { root: fingerprint })?;
        let signer = match (&root.authority, &self.certified) {
            (Authority::Certifies(purposes), Some(certified)) => {
                allow(purposes.contains(&purpose), root, purpose)?;
                self.certified_signer(certified, root, purpose, judged_at)?
            }
            (Authority::Signs(purposes), None) => {
                allow(purposes.contains(&purpose), root, purpose)?;
                (self.root, direct(root))
            }
            (Authority::Certifies(_), None) => {
                return Err(SealError::CertificateMissing { name: root.name.clone() });
            }
            (Authority::Signs(_), Some(_)) => {
                return Err(SealError::CertificateUnexpected { name: root.name.clone() });
            }
        };
        let (key, signer) = signer;
        if let Some(reason) = revocations.key_reason(&fingerprint, &signer.key) {
            return Err(SealError::KeyRevoked { key: signer.key, reason: reason.to_owned() });
        }
        key.verify(purpose, document, &self.signature).map_err(|_| SealError::SignatureMismatch)?;
        Ok(signer)
    }

    fn certified_signer(
        &self,
        certified: &Certified,
        root: &Root,
        purpose: Purpose,
        judged_at: OffsetDateTime,
    ) -> Result<(PublicKey, Signer), SealError> {
        self.root
            .verify(Purpose::Certificate, &certified.certificate, &certified.signature)
            .map_err(|_| SealError::CertificateForged { name: root.name.clone() })?;
        let certificate = Certificate::parse(&certified.certificate)?;
        if certificate.issuer != root.fingerprint {
            return Err(SealError::CertificateIssuer { found: certificate.issuer });
        }
        if certificate.purpose != purpose {
            let found = certificate.purpose;
            return Err(SealError::CertificatePurpose { wanted: purpose, found });
        }
        let key = *certificate.key();
        let Certificate { serial, publisher, not_before, not_after, .. } = certificate;
        if judged_at < not_before {
            return Err(SealError::CertificateNotYet { publisher, not_before });
        }
        if judged_at > not_after {
            return Err(SealError::CertificateEnded { publisher, not_after });
        }
        let signer = Signer {
            publisher,
            key: key.fingerprint(),
            certificate: Some(serial),
            not_after: Some(not_after),
            root: root.fingerprint,
            root_name: root.name.clone(),
            demo: root.demo,
        };
        Ok((key, signer))
    }

    /// The fingerprint of the key that made this seal directly; proves possession, not trust.
    pub(crate) fn direct_signer(
        &self,
        purpose: Purpose,
        document: &[u8],
    ) -> Result<Fingerprint, SealError> {
        let root = self.root.fingerprint();
        if self.certified.is_some() {
            return Err(SealError::CertificateUnexpected { name: root.to_string() });
        }
        self.root
            .verify(purpose, document, &self.signature)
            .map_err(|_| SealError::SignatureMismatch)?;
        Ok(root)
    }

    /// The root the seal claims. To be shown, never to be trusted.
    pub fn claimed_root(&self) -> Fingerprint {
        self.root.fingerprint()
    }

    /// What the certificate claims, unverified: for `inspect` and error texts only.
    pub fn claimed_certificate(&self) -> Option<Certificate> {
        let certified = self.certified.as_ref()?;
        Certificate::parse(&certified.certificate).ok()
    }

    /// The raw signature over purpose, zero byte and document: what `openssl pkeyutl` checks.
    pub fn signature(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.signature
    }

    /// The one spelling of this seal: one line of JSON without a newline.
    ///
    /// # Panics
    /// Never: a seal always has a JSON form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let certificate = self.certified.as_ref().map(|certified| DocumentCertificate {
            document: encoding::encode(&certified.certificate),
            signature: certified.signature,
        });
        let document = Document {
            format: FORMAT.into(),
            algorithm: ALGORITHM.into(),
            root: self.root,
            certificate,
            signature: self.signature,
        };
        serde_json::to_vec(&document).expect("a seal has a JSON form")
    }

    /// Reads a seal; any byte that [`Seal::to_bytes`] would not have written is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.len() > SEAL_BYTES_MAX {
            return Err(SealError::TooLong { found: bytes.len(), max: SEAL_BYTES_MAX });
        }
        let malformed = |source| SealError::Malformed { source };
        let outline: Outline = serde_json::from_slice(bytes).map_err(malformed)?;
        if outline.format != FORMAT {
            return Err(SealError::FormatUnknown { found: clip(&outline.format) });
        }
        if outline.algorithm != ALGORITHM {
            return Err(SealError::AlgorithmUnknown { found: clip(&outline.algorithm) });
        }
        let document: Document = serde_json::from_slice(bytes).map_err(malformed)?;
        let certified = match document.certificate {
            None => None,
            Some(DocumentCertificate { document, signature }) => {
                let certificate = encoding::decode(&document).ok_or(SealError::NotCanonical)?;
                if certificate.len() > CERTIFICATE_BYTES_MAX {
                    let found = certificate.len();
                    return Err(SealError::TooLong { found, max: CERTIFICATE_BYTES_MAX });
                }
                Some(Certified { certificate, signature })
            }
        };
        let seal = Self { root: document.root, certified, signature: document.signature };
        if seal.to_bytes() == bytes { Ok(seal) } else { Err(SealError::NotCanonical) }
    }
}

fn allow(allowed: bool, root: &Root, purpose: Purpose) -> Result<(), SealError> {
    if allowed {
        return Ok(());
    }
    Err(SealError::RootPurpose { name: root.name.clone(), purpose })
}

fn direct(root: &Root) -> Signer {
    Signer {
        publisher: root.name.clone(),
        key: root.fingerprint,
        certificate: None,
        not_after: None,
        root: root.fingerprint,
        root_name: root.name.clone(),
        demo: root.demo,
    }
}
