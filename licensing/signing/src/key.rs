//! Ed25519 keys, in the forms that stock `openssl` reads and writes.

use std::fmt;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
    KeypairBytes,
};
use ed25519_dalek::{Signature, Signer as _};
use rand::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use crate::encoding;
use crate::{Fingerprint, KeyError, Purpose};

/// The length of an Ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A PEM key is about 120 bytes; whatever is longer than this is another file.
const PEM_BYTES_MAX: usize = 4096;

/// A public key that is a point of the curve and not one of the weak ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// Reads the raw 32 bytes; weak keys, which some signature fits any message, are refused.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes)
            .map_err(|source| KeyError::NotAPoint { source })?;
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        Ok(Self(key))
    }

    /// The raw 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Reads a `PUBLIC KEY` PEM block (SubjectPublicKeyInfo), as `openssl pkey -pubout` writes it.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.len() > PEM_BYTES_MAX {
            return Err(KeyError::TooLong { found: pem.len(), max: PEM_BYTES_MAX });
        }
        let key = ed25519_dalek::VerifyingKey::from_public_key_pem(pem.trim())
            .map_err(|source| KeyError::ReadPublicPem { source })?;
        Self::from_bytes(&key.to_bytes())
    }

    /// Writes a `PUBLIC KEY` PEM block.
    ///
    /// # Panics
    /// Never: 32 bytes always fit the DER structure.
    pub fn to_pem(&self) -> String {
        self.0.to_public_key_pem(LineEnding::LF).expect("a 32-byte key has a DER form")
    }

    /// The key's name.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.0.as_bytes())
    }

    /// Whether this key signed exactly these bytes for exactly this purpose. Strict: signatures
    /// that other verifiers might judge differently are refused.
    pub fn verify(
        &self,
        purpose: Purpose,
        document: &[u8],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> Result<(), KeyError> {
        let signature = Signature::from_bytes(signature);
        self.0
            .verify_strict(&purpose.message(document), &signature)
            .map_err(|source| KeyError::SignatureMismatch { source })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.fingerprint())
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        encoding::array::serialize(self.0.as_bytes(), serializer)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: [u8; 32] = encoding::array::deserialize(deserializer)?;
        Self::from_bytes(&bytes).map_err(de::Error::custom)
    }
}

/// A private key. Its memory is wiped when dropped, and it never prints itself.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Makes a key from this source of randomness.
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self(ed25519_dalek::SigningKey::generate(random))
    }

    /// The key of this 32-byte seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Reads a `PRIVATE KEY` PEM block (PKCS#8), as `openssl genpkey -algorithm ed25519` writes it.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.len() > PEM_BYTES_MAX {
            return Err(KeyError::TooLong { found: pem.len(), max: PEM_BYTES_MAX });
        }
        ed25519_dalek::SigningKey::from_pkcs8_pem(pem.trim())
            .map(Self)
            .map_err(|source| KeyError::ReadPrivatePem { source })
    }

    /// Writes a `PRIVATE KEY` PEM block in PKCS#8 version 1, without the public half: OpenSSL 3.0
    /// refuses version 2.
    ///
    /// # Panics
    /// Never: 32 bytes always fit the DER structure.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let bytes = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        bytes.to_pkcs8_pem(LineEnding::LF).expect("a 32-byte key has a DER form")
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs exactly these bytes for this purpose. Who wants a certificate along uses
    /// [`crate::Seal::make`].
    pub fn sign(&self, purpose: Purpose, document: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(&purpose.message(document)).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey(secret of {})", self.public().fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_round_trips_and_debug_tells_no_secret() {
        let key = SigningKey::from_seed(&[9; 32]);
        let pem = key.to_pem();
        let again = SigningKey::from_pem(&pem).expect("own PEM");
        assert_eq!(again.public(), key.public());
        assert_eq!(PublicKey::from_pem(&key.public().to_pem()).expect("own PEM"), key.public());
        let shown = format!("{key:?}");
        assert!(!shown.contains("0909") && !shown.contains("CQkJ"), "{shown} leaks the seed");
    }

    #[test]
    fn weak_keys_are_refused() {
        // The identity, and a point of order two.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut order_two = [0xff; 32];
        order_two[0] = 0xec;
        order_two[31] = 0x7f;
        for bytes in [identity, order_two] {
            assert!(matches!(PublicKey::from_bytes(&bytes), Err(KeyError::Weak)));
        }
    }

    #[test]
    fn a_signature_serves_one_purpose_only() {
        let key = SigningKey::from_seed(&[9; 32]);
        let signature = key.sign(Purpose::License, b"words");
        for purpose in Purpose::ALL {
            let verdict = key.public().verify(purpose, b"words", &signature);
            assert_eq!(verdict.is_ok(), purpose == Purpose::License, "{purpose}");
        }
    }
}
