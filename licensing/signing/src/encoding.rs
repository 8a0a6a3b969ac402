//! Fixed-size binary fields inside JSON documents: strict base64, exact length.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serializer, de};

/// Encodes with the standard alphabet and padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes the standard alphabet; missing padding and loose trailing bits are refused.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// `#[serde(with = "array")]` for a byte array of exactly `N` bytes.
pub(crate) mod array {
    use super::{Deserialize, Deserializer, Serializer, de, decode, encode};

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = decode(&text).ok_or_else(|| de::Error::custom("not base64"))?;
        let found = bytes.len();
        bytes.try_into().map_err(|_| de::Error::custom(format!("{found} bytes, not {N}")))
    }
}
