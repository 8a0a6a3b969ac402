//! A seal and its document carried together: licenses, receipts, certificates, revocation lists.

use time::OffsetDateTime;

use crate::{
    CertifiedKey, CertifyError, EnvelopeError, Keyring, Purpose, RevocationState, SEAL_BYTES_MAX,
    Seal, SealError, Signer, SigningKey, armour,
};

/// The longest document is a receipt that lists some 40,000 blobs at 100 bytes each.
pub const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The longest packed form: seal, newline, document.
const PACKED_BYTES_MAX: usize = SEAL_BYTES_MAX + 1 + DOCUMENT_BYTES_MAX;

/// The longest text that is searched for a block: base64 takes 4/3, the rest is line ends and the
/// mail around it.
const TEXT_BYTES_MAX: usize = PACKED_BYTES_MAX / 2 * 3;

/// A sealed document. Reading one proves nothing: [`Envelope::verify`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    seal: Seal,
    document: Vec<u8>,
}

impl Envelope {
    /// Puts a seal and the bytes it was made for together.
    pub fn new(seal: Seal, document: Vec<u8>) -> Self {
        Self { seal, document }
    }

    /// Signs the exact bytes with a certified key.
    pub fn make(
        purpose: Purpose,
        document: Vec<u8>,
        key: &SigningKey,
        certified: &CertifiedKey,
    ) -> Result<Self, CertifyError> {
        let seal = Seal::make(purpose, &document, key, certified)?;
        Ok(Self { seal, document })
    }

    /// The seal.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The exact bytes the seal speaks of. Unverified.
    pub fn document(&self) -> &[u8] {
        &self.document
    }

    /// See [`Seal::verify`].
    pub fn verify(
        &self,
        purpose: Purpose,
        keyring: &Keyring,
        judged_at: OffsetDateTime,
        revocations: &RevocationState,
    ) -> Result<Signer, SealError> {
        self.seal.verify(purpose, &self.document, keyring, judged_at, revocations)
    }

    /// The binary form: the seal's line, a newline, the document.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.seal.to_bytes();
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.document);
        bytes
    }

    /// Reads the binary form.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > PACKED_BYTES_MAX {
            return Err(EnvelopeError::TooLong { found: bytes.len(), max: PACKED_BYTES_MAX });
        }
        // A seal is one line of JSON, so the first newline is its end.
        let length = bytes.iter().take(SEAL_BYTES_MAX + 1).position(|byte| *byte == b'\n');
        let length = length.ok_or(EnvelopeError::SealMissing)?;
        let (seal, rest) = bytes.split_at(length);
        let seal = Seal::parse(seal).map_err(|source| EnvelopeError::Seal { source })?;
        let document = rest.get(1..).unwrap_or_default().to_vec();
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(EnvelopeError::TooLong { found: document.len(), max: DOCUMENT_BYTES_MAX });
        }
        Ok(Self { seal, document })
    }

    /// The text form: a block named after the purpose.
    pub fn to_text(&self, purpose: Purpose) -> String {
        armour::wrap(purpose, &self.to_bytes())
    }

    /// Reads the text form; the text may have other words around the block.
    pub fn from_text(purpose: Purpose, text: &str) -> Result<Self, EnvelopeError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(EnvelopeError::TooLong { found: text.len(), max: TEXT_BYTES_MAX });
        }
        Self::parse(&armour::unwrap(purpose, text)?)
    }
}
