//! Content digests: which algorithms count, their text form, and hashing while bytes arrive.

use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;

/// The hash algorithms whose content this registry stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// What nearly everything uses.
    Sha256,
    /// Registered by the image specification; used only when a client asks for it.
    Sha512,
}

impl Algorithm {
    /// The name before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// The length of the part after the colon.
    fn hex_length(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    /// The digest of bytes that are all at hand.
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }
}

impl FromStr for Algorithm {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(ParseDigestError::UnknownAlgorithm(clip(text))),
        }
    }
}

/// A well-formed digest of an algorithm this registry stores.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    algorithm: Algorithm,
    text: Box<str>,
}

/// Why a text is not a digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseDigestError {
    /// There is no `algorithm:hex` form.
    #[error("`{0}` is not of the form `algorithm:hex`")]
    Form(String),
    /// The algorithm is not one that is stored here.
    #[error("the digest algorithm `{0}` is not known; `sha256` and `sha512` are")]
    UnknownAlgorithm(String),
    /// The hash is too short, too long or not lower-case hexadecimal.
    #[error("`{0}` does not hold the lower-case hexadecimal hash its algorithm makes")]
    Hash(String),
}

/// How much of a hostile text is quoted back.
const QUOTED_CHARS_MAX: usize = 160;

pub(crate) fn clip(text: &str) -> String {
    text.chars().take(QUOTED_CHARS_MAX).collect()
}

impl Digest {
    /// The algorithm before the colon.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The whole text, `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part after the colon.
    pub fn hex(&self) -> &str {
        &self.text[self.algorithm.name().len() + 1..]
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((algorithm, hex)) = text.split_once(':') else {
            return Err(ParseDigestError::Form(clip(text)));
        };
        let algorithm: Algorithm = algorithm.parse()?;
        let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if hex.len() != algorithm.hex_length() || !hex.bytes().all(lower_hex) {
            return Err(ParseDigestError::Hash(clip(text)));
        }
        Ok(Self { algorithm, text: text.into() })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A hash in the making. Boxed, so that what carries one around stays small.
#[derive(Clone)]
pub enum Hasher {
    /// SHA-256
    Sha256(Box<sha2::Sha256>),
    /// SHA-512
    Sha512(Box<sha2::Sha512>),
}

impl Hasher {
    /// A hash of nothing yet.
    pub fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(Box::new(sha2::Sha256::new())),
            Algorithm::Sha512 => Self::Sha512(Box::new(sha2::Sha512::new())),
        }
    }

    /// The algorithm it computes.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(state) => state.update(bytes),
            Self::Sha512(state) => state.update(bytes),
        }
    }

    /// The digest of everything taken in.
    pub fn finish(self) -> Digest {
        let (algorithm, hex) = match self {
            Self::Sha256(state) => (Algorithm::Sha256, hex::encode(state.finalize())),
            Self::Sha512(state) => (Algorithm::Sha512, hex::encode(state.finalize())),
        };
        Digest { algorithm, text: format!("{}:{hex}", algorithm.name()).into() }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hasher({})", self.algorithm().name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        assert_eq!(Algorithm::Sha256.digest(b"").as_str(), EMPTY);
        assert!(Algorithm::Sha512.digest(b"").as_str().starts_with("sha512:cf83e1357eefb8bd"));
    }

    #[test]
    fn hashing_in_pieces_equals_hashing_at_once() {
        let mut hasher = Hasher::new(Algorithm::Sha512);
        hasher.update(b"one");
        hasher.update(b"two");
        assert_eq!(hasher.finish(), Algorithm::Sha512.digest(b"onetwo"));
    }

    #[test]
    fn a_digest_that_is_not_exactly_its_form_is_refused() {
        let upper = EMPTY.replace("e3b0", "E3B0");
        let long = format!("{EMPTY}0");
        for text in [
            "",
            "sha256",
            "sha256:",
            "sha256:baddigeststring",
            "md5:00",
            &upper,
            &long,
            "sha256:../../x",
        ] {
            assert!(text.parse::<Digest>().is_err(), "`{text}` was taken");
        }
        let digest: Digest = EMPTY.parse().expect("well formed");
        assert_eq!((digest.algorithm(), digest.hex()), (Algorithm::Sha256, &EMPTY[7..]));
    }
}
