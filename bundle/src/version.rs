//! The version of a bundle within its stream: semantic, or a plain number that only grows.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A version. Two versions of one stream are of the same form, or they cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Version {
    /// `1.4.0` or `1.4.0-rc.1`, compared by precedence; without build metadata, because two
    /// builds of one version would be neither older nor newer.
    Semantic(semver::Version),
    /// `20261121`.
    Number(u64),
}

/// Why a text is not a version.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// Neither form.
    #[error("`{text}` is neither a semantic version such as `1.4.0` nor a whole number")]
    Malformed {
        /// The text.
        text: String,
    },
    /// A semantic version with a `+` part.
    #[error("`{text}` has build metadata, which has no order")]
    BuildMetadata {
        /// The text.
        text: String,
    },
}

impl Version {
    /// The order within a stream; nothing for versions of different forms.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Semantic(one), Self::Semantic(two)) => Some(one.cmp_precedence(two)),
            (Self::Number(one), Self::Number(two)) => Some(one.cmp(two)),
            (Self::Semantic(_), Self::Number(_)) | (Self::Number(_), Self::Semantic(_)) => None,
        }
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let malformed = || VersionError::Malformed { text: text.chars().take(80).collect() };
        let canonical = !text.starts_with('0') || text == "0";
        if canonical && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Number).map_err(|_| malformed());
        }
        let version = semver::Version::parse(text).map_err(|_| malformed())?;
        if !version.build.is_empty() {
            return Err(VersionError::BuildMetadata { text: text.chars().take(80).collect() });
        }
        Ok(Self::Semantic(version))
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Semantic(version) => fmt::Display::fmt(version, formatter),
            Self::Number(number) => fmt::Display::fmt(number, formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    #[test]
    fn versions_order_within_their_form() {
        assert_eq!(version("1.9.0").compare(&version("1.10.0")), Some(Ordering::Less));
        assert_eq!(version("1.0.0-rc.1").compare(&version("1.0.0")), Some(Ordering::Less));
        assert_eq!(version("9").compare(&version("10")), Some(Ordering::Less));
        assert_eq!(version("9").compare(&version("1.0.0")), None);
    }

    #[test]
    fn a_version_has_one_spelling() {
        for text in ["", "01", "1.0", "v1.0.0", "1.0.0+linux", "-1", "99999999999999999999999"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
