//! A root's statement that one key may sign for one purpose in one publisher's name.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{CertifyError, Envelope, Fingerprint, PublicKey, Purpose, Seal, SealError, SigningKey};

/// A certificate with every text at its cap is about 700 bytes; the seal that carries it must fit
/// the fixed slot at the front of a bundle.
pub const CERTIFICATE_BYTES_MAX: usize = 1024;

/// The only format there is.
const FORMAT: &str = "atoll.certificate/1";

/// The only key algorithm there is.
pub(crate) const ALGORITHM: &str = "ed25519";

/// Publisher names and serials are shown in tables and error lines.
const TEXT_BYTES_MAX: usize = 96;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    format: String,
    /// Names this certificate among the root's; for people and logs.
    pub serial: String,
    /// In whose name the key signs.
    pub publisher: String,
    /// The one thing the key may sign.
    pub purpose: Purpose,
    key: Key,
    /// From when documents signed by the key count.
    #[serde(with = "time::serde::rfc3339")]
    pub not_before: OffsetDateTime,
    /// Until when documents signed by the key count, inclusive.
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
    /// The root that signed this.
    pub issuer: Fingerprint,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    algorithm: String,
    public: PublicKey,
}

/// Just enough to name what is unknown before the strict parse.
#[derive(Deserialize)]
struct Outline {
    format: String,
    key: OutlineKey,
}

#[derive(Deserialize)]
struct OutlineKey {
    algorithm: String,
}

impl Certificate {
    /// A certificate that still has to be signed by [`CertifiedKey::issue`].
    pub fn new(
        serial: impl Into<String>,
        publisher: impl Into<String>,
        purpose: Purpose,
        key: &PublicKey,
        validity: (OffsetDateTime, OffsetDateTime),
    ) -> Self {
        Self {
            format: FORMAT.into(),
            serial: serial.into(),
            publisher: publisher.into(),
            purpose,
            key: Key { algorithm: ALGORITHM.into(), public: *key },
            not_before: validity.0,
            not_after: validity.1,
            // Replaced when the root signs.
            issuer: key.fingerprint(),
        }
    }

    /// The certified key.
    pub fn key(&self) -> &PublicKey {
        &self.key.public
    }

    /// Reads the exact bytes a root has signed. Signature, issuer, purpose and validity are the
    /// caller's to check.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, SealError> {
        let malformed = |source| SealError::CertificateMalformed { source };
        let outline: Outline = serde_json::from_slice(bytes).map_err(malformed)?;
        if outline.format != FORMAT {
            return Err(SealError::CertificateFormatUnknown { found: clip(&outline.format) });
        }
        if outline.key.algorithm != ALGORITHM {
            let found = clip(&outline.key.algorithm);
            return Err(SealError::CertificateAlgorithmUnknown { found });
        }
        let certificate: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        match certificate.text_fault() {
            None => Ok(certificate),
            Some(field) => Err(SealError::CertificateText { field }),
        }
    }

    /// The first text field that is unfit to be shown.
    fn text_fault(&self) -> Option<&'static str> {
        [("serial", &self.serial), ("publisher", &self.publisher)]
            .into_iter()
            .find(|(_, text)| !is_plain(text))
            .map(|(field, _)| field)
    }
}

/// One line of text that cannot disturb a terminal.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_BYTES_MAX && !text.chars().any(char::is_control)
}

/// The start of a hostile text, fit for an error message.
pub(crate) fn clip(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(40).collect()
}

/// A certificate with the root's signature: what travels with every seal, and what a publisher
/// keeps beside the private key. Its file form is an armoured [`Envelope`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertifiedKey {
    certificate: Certificate,
    envelope: Envelope,
}

impl CertifiedKey {
    /// The root signs the certificate.
    ///
    /// # Panics
    /// Never: a certificate always has a JSON form.
    pub fn issue(mut certificate: Certificate, root: &SigningKey) -> Result<Self, CertifyError> {
        if certificate.purpose == Purpose::Certificate {
            return Err(CertifyError::PurposeCertificate);
        }
        if let Some(field) = certificate.text_fault() {
            return Err(CertifyError::Text { field });
        }
        let Certificate { not_before, not_after, .. } = certificate;
        if not_after < not_before {
            return Err(CertifyError::Validity { not_before, not_after });
        }
        certificate.issuer = root.public().fingerprint();
        let document = serde_json::to_vec(&certificate).expect("a certificate has a JSON form");
        let seal = Seal::make_direct(Purpose::Certificate, &document, root);
        Ok(Self { certificate, envelope: Envelope::new(seal, document) })
    }

    /// Reads a certificate file. It only proves that the named root signed it; whether that root
    /// is trusted is for whoever verifies a seal.
    pub fn from_envelope(envelope: Envelope) -> Result<Self, CertifyError> {
        let forged = |source| CertifyError::Forged { source };
        let document = envelope.document();
        let root = envelope.seal().direct_signer(Purpose::Certificate, document).map_err(forged)?;
        let certificate = Certificate::parse(document).map_err(forged)?;
        if certificate.issuer != root {
            let found = certificate.issuer;
            return Err(forged(SealError::CertificateIssuer { found }));
        }
        Ok(Self { certificate, envelope })
    }

    /// What the root says.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The file form: armour it with [`Envelope::to_text`].
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Fails unless this certificate lets the key sign for the purpose.
    pub(crate) fn fits(&self, purpose: Purpose, key: &SigningKey) -> Result<(), CertifyError> {
        let certified = self.certificate.key().fingerprint();
        let given = key.public().fingerprint();
        if certified != given {
            return Err(CertifyError::KeyMismatch { certified, given });
        }
        if self.certificate.purpose != purpose {
            let certified = self.certificate.purpose;
            return Err(CertifyError::PurposeMismatch { certified, wanted: purpose });
        }
        Ok(())
    }
}
