//! The name of a public key: what people compare by eye, and the only thing a keyring stores.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::KeyError;

const PREFIX: &str = "sha256:";

/// SHA-256 of the raw 32 bytes of a public key, written `sha256:` and 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of these raw public key bytes.
    pub(crate) fn of(public: &[u8; 32]) -> Self {
        Self(Sha256::digest(public).into())
    }

    /// The digest itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}", hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Fingerprint {
    type Err = KeyError;

    /// Accepts exactly what `Display` writes: one spelling, so that texts may be compared.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let malformed =
            || KeyError::FingerprintMalformed { found: text.chars().take(80).collect() };
        let digits = text.strip_prefix(PREFIX).ok_or_else(malformed)?;
        if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(malformed());
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| malformed())?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_has_one_spelling() {
        let fingerprint = Fingerprint::of(&[7; 32]);
        let text = fingerprint.to_string();
        assert_eq!(text.parse::<Fingerprint>().expect("own output"), fingerprint);
        for wrong in
            [text.to_uppercase(), text.replace(':', ""), text[..70].into(), text.clone() + "0"]
        {
            assert!(wrong.parse::<Fingerprint>().is_err(), "`{wrong}` is another spelling");
        }
    }
}
