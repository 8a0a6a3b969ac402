//! Keys, purposes, certificates, revocation lists, seals and envelopes: the one place with Ed25519.
//!
//! Everything Atoll signs goes through here, and `docs/formats/signing.md` has the byte layout
//! with test vectors. The chain is root, certificate, document: a root lives only in a
//! [`Keyring`], never in what is judged; a certificate names one key, one purpose, one publisher
//! and a validity; a [`Seal`] is the detached signature that carries the certificate along. This
//! crate knows no file, no clock and no other crate of ours: bytes, times and randomness are
//! arguments.

mod armour;
mod certificate;
mod encoding;
mod envelope;
mod error;
mod fingerprint;
mod key;
mod keyring;
mod purpose;
mod revocation;
mod seal;

pub use armour::ARMOUR_COLUMNS;
pub use certificate::{CERTIFICATE_BYTES_MAX, Certificate, CertifiedKey};
pub use envelope::{DOCUMENT_BYTES_MAX, Envelope};
pub use error::{CertifyError, EnvelopeError, KeyError, RevocationError, SealError};
pub use fingerprint::Fingerprint;
pub use key::{PublicKey, SIGNATURE_BYTES, SigningKey};
pub use keyring::{Authority, Keyring, Origin, Root};
pub use purpose::Purpose;
pub use revocation::{
    Revocation, RevocationList, RevocationState, RevokedKey, RevokedLicense, Update,
};
pub use seal::{SEAL_BYTES_MAX, Seal, Signer};
