//! Digests: SHA-256, which names a blob, and BLAKE3 chaining values, which check a chunk of it.

use std::fmt;
use std::str::FromStr;

use blake3::hazmat::{ChainingValue, HasherExt, Mode};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use sha2::digest::common::hazmat::{SerializableState, SerializedState};

use crate::limits::CHUNK;

/// The one digest algorithm of format 1, as it stands before the colon.
pub const ALGORITHM: &str = "sha256";

/// The SHA-256 of a blob, written `sha256:` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// Why a text is not a digest.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// Another algorithm, or none.
    #[error("`{text}` does not begin with `sha256:`")]
    Algorithm {
        /// The text.
        text: String,
    },
    /// Not 64 lower-case hex digits.
    #[error("`{text}` does not end with 64 lower-case hex digits")]
    Hex {
        /// The text.
        text: String,
    },
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The 64 hex digits without the algorithm.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The raw bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A digest from its raw bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digits = text
            .strip_prefix("sha256:")
            .ok_or_else(|| DigestError::Algorithm { text: shorten(text) })?;
        let lower = digits.bytes().all(|byte| !byte.is_ascii_uppercase());
        let mut bytes = [0; 32];
        if !lower || hex::decode_to_slice(digits, &mut bytes).is_err() {
            return Err(DigestError::Hex { text: shorten(text) });
        }
        Ok(Self(bytes))
    }
}

/// A hostile text is not repeated at length in an error.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 80;
    text.chars().take(SHOWN).collect()
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{ALGORITHM}:{}", hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A running SHA-256 whose state can be kept and taken up again.
#[derive(Clone, Default)]
pub struct Hashing(sha2::Sha256);

impl Hashing {
    /// A hash of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes added.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }

    /// The state in hex. It is only ever read back from our own store: a forged state could
    /// make a forged blob pass.
    pub fn save(&self) -> String {
        hex::encode(self.0.serialize())
    }

    /// Takes up a saved state; nothing if the text is not one.
    pub fn restore(text: &str) -> Option<Self> {
        let bytes = hex::decode(text).ok()?;
        let state = SerializedState::<sha2::Sha256>::try_from(bytes.as_slice()).ok()?;
        sha2::Sha256::deserialize(&state).ok().map(Self)
    }
}

impl fmt::Debug for Hashing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hashing")
    }
}

/// How many chunks a blob of this size has.
pub fn chunk_count(size: u64) -> u64 {
    size.div_ceil(CHUNK as u64)
}

/// The chaining value of the chunk with this number inside its blob. The chunk is not empty and
/// at most [`CHUNK`] long.
pub fn chaining_value(number: u64, chunk: &[u8]) -> ChainingValue {
    let mut hasher = blake3::Hasher::new();
    hasher.set_input_offset(number * CHUNK as u64);
    hasher.update(chunk);
    hasher.finalize_non_root()
}

/// The BLAKE3 hash of a blob from the chaining values of its chunks: what `b3sum` prints. A blob
/// of one chunk has no parent to merge into, so its values do not determine this hash.
pub fn blake3_root(values: &[ChainingValue]) -> Option<[u8; 32]> {
    if values.len() < 2 {
        return None;
    }
    let (left, right) = split(values);
    let root = blake3::hazmat::merge_subtrees_root(&merge(left), &merge(right), Mode::Hash);
    Some(*root.as_bytes())
}

fn merge(values: &[ChainingValue]) -> ChainingValue {
    if let [value] = values {
        return *value;
    }
    let (left, right) = split(values);
    blake3::hazmat::merge_subtrees_non_root(&merge(left), &merge(right), Mode::Hash)
}

/// BLAKE3's rule: the left subtree is the largest power of two that leaves something right.
fn split(values: &[ChainingValue]) -> (&[ChainingValue], &[ChainingValue]) {
    values.split_at(values.len().next_power_of_two() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chaining_values_merge_to_the_blake3_hash() {
        for size in [CHUNK + 1, 2 * CHUNK, 3 * CHUNK, 5 * CHUNK + 77, 8 * CHUNK] {
            let bytes: Vec<u8> =
                (0..size).map(|i| u8::try_from(i * 7 % 251).unwrap_or(0)).collect();
            let values: Vec<_> =
                bytes.chunks(CHUNK).enumerate().map(|(n, c)| chaining_value(n as u64, c)).collect();
            assert_eq!(blake3_root(&values), Some(*blake3::hash(&bytes).as_bytes()));
        }
    }

    #[test]
    fn a_hash_continues_from_its_saved_state() {
        let mut whole = Hashing::new();
        whole.update(b"one and two");
        let mut first = Hashing::new();
        first.update(b"one and");
        let mut second = Hashing::restore(&first.save()).expect("our own state");
        second.update(b" two");
        assert_eq!(second.finish(), whole.finish());
        assert!(Hashing::restore("00").is_none());
    }

    #[test]
    fn digests_are_read_in_one_form_only() {
        let digest = Digest::of(b"x");
        assert_eq!(digest.to_string().parse::<Digest>().expect("round trip"), digest);
        assert!(digest.to_string().to_uppercase().parse::<Digest>().is_err());
        assert!(digest.to_string().replace("sha256", "sha512").parse::<Digest>().is_err());
        assert!(format!("sha256:{}", digest.hex().to_uppercase()).parse::<Digest>().is_err());
    }
}
