//! Every way in which a key, a seal, an envelope or a revocation list is refused.
//!
//! Each variant has a stable kebab-case code; whoever shows it to a person adds the remedy.

use thiserror::Error;
use time::OffsetDateTime;

use crate::{Fingerprint, Purpose};

/// A key, a fingerprint or a raw signature is not what it should be.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The text names no purpose.
    #[error("`{found}` is no purpose")]
    PurposeUnknown {
        /// The start of what was given.
        found: String,
    },
    /// The text is not `sha256:` and 64 lowercase hex digits.
    #[error("`{found}` is no fingerprint: it should be `sha256:` and 64 lowercase hex digits")]
    FingerprintMalformed {
        /// The start of what was given.
        found: String,
    },
    /// The 32 bytes are no point of the curve.
    #[error("the bytes are no Ed25519 public key")]
    NotAPoint {
        /// What the curve arithmetic says.
        #[source]
        source: ed25519_dalek::SignatureError,
    },
    /// The key is one of the few under which anybody can sign.
    #[error("the public key is weak")]
    Weak,
    /// The text is too long to be a PEM key.
    #[error("{found} bytes are too many for a key (at most {max})")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// The text is no public key in PEM.
    #[error("the text is no Ed25519 public key in PEM")]
    ReadPublicPem {
        /// What the parser says.
        #[source]
        source: ed25519_dalek::pkcs8::spki::Error,
    },
    /// The text is no private key in PEM.
    #[error("the text is no Ed25519 private key in PEM (PKCS#8)")]
    ReadPrivatePem {
        /// What the parser says.
        #[source]
        source: ed25519_dalek::pkcs8::Error,
    },
    /// The signature does not fit key, purpose and bytes.
    #[error("the signature does not match")]
    SignatureMismatch {
        /// What the curve arithmetic says.
        #[source]
        source: ed25519_dalek::SignatureError,
    },
}

impl KeyError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PurposeUnknown { .. } => "purpose-unknown",
            Self::FingerprintMalformed { .. } => "fingerprint-malformed",
            Self::NotAPoint { .. } | Self::Weak => "key-invalid",
            Self::TooLong { .. } | Self::ReadPublicPem { .. } | Self::ReadPrivatePem { .. } => {
                "key-unreadable"
            }
            Self::SignatureMismatch { .. } => "signature-mismatch",
        }
    }
}

/// A seal is refused. The order of the variants is the order of the checks.
#[derive(Debug, Error)]
pub enum SealError {
    /// Longer than any seal.
    #[error("{found} bytes are too many for a seal (at most {max})")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// Not the JSON of a seal.
    #[error("the signature block cannot be read")]
    Malformed {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A seal of a format that this version does not know.
    #[error("the signature block has the unknown format `{found}`")]
    FormatUnknown {
        /// The format it names.
        found: String,
    },
    /// A signature algorithm that this version does not know.
    #[error("the signature block uses the unknown algorithm `{found}`")]
    AlgorithmUnknown {
        /// The algorithm it names.
        found: String,
    },
    /// Readable, but not byte for byte what a writer makes: somebody changed it.
    #[error("the signature block is not in its canonical form")]
    NotCanonical,
    /// No key of the keyring has this fingerprint.
    #[error("signed under the root `{root}`, which this site does not trust")]
    RootUntrusted {
        /// The root it claims.
        root: Fingerprint,
    },
    /// The root is trusted, but not for this.
    #[error("the root `{name}` is not trusted for purpose `{purpose}`")]
    RootPurpose {
        /// The root's name in the keyring.
        name: String,
        /// What it was asked to vouch for.
        purpose: Purpose,
    },
    /// The root only certifies, and there is no certificate.
    #[error("the signature by the root `{name}` comes without a certificate")]
    CertificateMissing {
        /// The root's name in the keyring.
        name: String,
    },
    /// The key signs for itself only, yet it vouches for another.
    #[error("the key `{name}` may not certify another key")]
    CertificateUnexpected {
        /// The key's name in the keyring.
        name: String,
    },
    /// The root did not sign this certificate.
    #[error("the certificate was not signed by the root `{name}`")]
    CertificateForged {
        /// The root's name in the keyring.
        name: String,
    },
    /// Signed by the root, but not a certificate.
    #[error("the certificate cannot be read")]
    CertificateMalformed {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A certificate of a format that this version does not know.
    #[error("the certificate has the unknown format `{found}`")]
    CertificateFormatUnknown {
        /// The format it names.
        found: String,
    },
    /// A key algorithm that this version does not know.
    #[error("the certificate holds a key of the unknown algorithm `{found}`")]
    CertificateAlgorithmUnknown {
        /// The algorithm it names.
        found: String,
    },
    /// The certificate's name or serial is empty, too long or has control characters.
    #[error("the certificate's `{field}` is empty, too long or not plain text")]
    CertificateText {
        /// Which field.
        field: &'static str,
    },
    /// The certificate names another issuer than the root that signed it.
    #[error("the certificate names `{found}` as its issuer, not the root that signed it")]
    CertificateIssuer {
        /// The issuer it names.
        found: Fingerprint,
    },
    /// The certificate is for something else.
    #[error("the certificate is for purpose `{found}`, not `{wanted}`")]
    CertificatePurpose {
        /// What was to be judged.
        wanted: Purpose,
        /// What the certificate is for.
        found: Purpose,
    },
    /// Judged before the certificate begins.
    #[error("the certificate of `{publisher}` begins at {not_before}")]
    CertificateNotYet {
        /// The certificate's publisher.
        publisher: String,
        /// When it begins.
        not_before: OffsetDateTime,
    },
    /// Judged after the certificate ends.
    #[error("the certificate of `{publisher}` ended at {not_after}")]
    CertificateEnded {
        /// The certificate's publisher.
        publisher: String,
        /// When it ended.
        not_after: OffsetDateTime,
    },
    /// The signing key is on a revocation list.
    #[error("the key `{key}` was revoked: {reason}")]
    KeyRevoked {
        /// The signing key.
        key: Fingerprint,
        /// What the list says.
        reason: String,
    },
    /// The document or the signature was changed.
    #[error("the signature does not match the document")]
    SignatureMismatch,
}

impl SealError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "seal-too-long",
            Self::Malformed { .. } => "seal-malformed",
            Self::FormatUnknown { .. } => "seal-format-unknown",
            Self::AlgorithmUnknown { .. } => "seal-algorithm-unknown",
            Self::NotCanonical => "seal-not-canonical",
            Self::RootUntrusted { .. } => "root-untrusted",
            Self::RootPurpose { .. } => "root-purpose",
            Self::CertificateMissing { .. } => "certificate-missing",
            Self::CertificateUnexpected { .. } => "certificate-unexpected",
            Self::CertificateForged { .. } => "certificate-forged",
            Self::CertificateMalformed { .. } => "certificate-malformed",
            Self::CertificateFormatUnknown { .. } => "certificate-format-unknown",
            Self::CertificateAlgorithmUnknown { .. } => "certificate-algorithm-unknown",
            Self::CertificateText { .. } => "certificate-text",
            Self::CertificateIssuer { .. } => "certificate-issuer",
            Self::CertificatePurpose { .. } => "certificate-purpose",
            Self::CertificateNotYet { .. } => "certificate-not-yet",
            Self::CertificateEnded { .. } => "certificate-ended",
            Self::KeyRevoked { .. } => "key-revoked",
            Self::SignatureMismatch => "signature-mismatch",
        }
    }
}

/// A certificate cannot be made, or does not belong to the key at hand.
#[derive(Debug, Error)]
pub enum CertifyError {
    /// The root key would sign for itself, or for keys that certify.
    #[error("no certificate can be for purpose `certificate`")]
    PurposeCertificate,
    /// A name or serial is empty, too long or has control characters.
    #[error("the `{field}` is empty, too long or not plain text")]
    Text {
        /// Which field.
        field: &'static str,
    },
    /// It would end before it begins.
    #[error("the certificate would end at {not_after}, before it begins at {not_before}")]
    Validity {
        /// When it would begin.
        not_before: OffsetDateTime,
        /// When it would end.
        not_after: OffsetDateTime,
    },
    /// The certificate's own seal is broken or is not by a root.
    #[error("the certificate does not carry its root's signature")]
    Forged {
        /// Why.
        #[source]
        source: SealError,
    },
    /// The certificate is for another key.
    #[error("the certificate is for the key `{certified}`, not for `{given}`")]
    KeyMismatch {
        /// The key it certifies.
        certified: Fingerprint,
        /// The key that was to sign.
        given: Fingerprint,
    },
    /// The certificate is for another purpose.
    #[error("the certificate is for purpose `{certified}`, not `{wanted}`")]
    PurposeMismatch {
        /// What it is for.
        certified: Purpose,
        /// What was to be signed.
        wanted: Purpose,
    },
}

/// An envelope cannot be taken apart.
#[derive(Debug, Error)]
pub enum EnvelopeError {
    /// Too long to be what it claims.
    #[error("{found} bytes are too many for a signed document (at most {max})")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// No block of this kind in the text.
    #[error("the text holds no block that begins with `{wanted}`")]
    BlockMissing {
        /// The line that was looked for.
        wanted: String,
    },
    /// More than one block, or one that does not end.
    #[error("the text holds a block that does not end, or more than one")]
    BlockAmbiguous,
    /// The block is damaged.
    #[error("the block is not base64")]
    BlockDamaged,
    /// The seal and the document are not separated.
    #[error("the block has no signature line")]
    SealMissing,
    /// The seal is unreadable.
    #[error("the block's signature line cannot be used")]
    Seal {
        /// Why.
        #[source]
        source: SealError,
    },
}

impl EnvelopeError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "envelope-too-long",
            Self::BlockMissing { .. } => "envelope-missing",
            Self::BlockAmbiguous => "envelope-ambiguous",
            Self::BlockDamaged => "envelope-damaged",
            Self::SealMissing => "envelope-seal-missing",
            Self::Seal { source } => source.code(),
        }
    }
}

/// A revocation list is refused.
#[derive(Debug, Error)]
pub enum RevocationError {
    /// Its signature is.
    #[error("the revocation list is not signed as it should be")]
    Seal {
        /// Why.
        #[source]
        source: SealError,
    },
    /// Not a revocation list.
    #[error("the revocation list cannot be read")]
    Malformed {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A format that this version does not know.
    #[error("the revocation list has the unknown format `{found}`")]
    FormatUnknown {
        /// The format it names.
        found: String,
    },
    /// More entries than a list may have.
    #[error("the revocation list has {found} entries (at most {max})")]
    TooMany {
        /// How many it has.
        found: usize,
        /// How many it may have.
        max: usize,
    },
    /// An older list than the one in force.
    #[error("the revocation list has serial {found}, and {held} is in force")]
    Older {
        /// The list's serial.
        found: u64,
        /// The serial in force.
        held: u64,
    },
    /// Two lists with one serial: the publisher made a mistake, or somebody else made a list.
    #[error("the revocation list has serial {serial} like the one in force, but other content")]
    Conflict {
        /// The serial of both.
        serial: u64,
    },
}

impl RevocationError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Seal { source } => source.code(),
            Self::Malformed { .. } => "revocations-malformed",
            Self::FormatUnknown { .. } => "revocations-format-unknown",
            Self::TooMany { .. } => "revocations-too-many",
            Self::Older { .. } => "revocations-older",
            Self::Conflict { .. } => "revocations-conflict",
        }
    }
}
