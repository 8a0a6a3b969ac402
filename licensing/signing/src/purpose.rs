//! What a key may sign. The purpose is part of every signed message, so that a signature made for
//! one purpose says nothing for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::KeyError;

/// The purposes there are; their names are part of the signed bytes and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// The index of a bundle.
    Bundle,
    /// A license.
    License,
    /// A revocation list.
    Revocation,
    /// A site's record of an import and its inventory.
    Receipt,
    /// The manifest of a backup.
    Backup,
    /// The checksums of a release of Atoll itself.
    Release,
    /// A checkpoint of the audit chain.
    Audit,
    /// A certificate: only roots sign these.
    Certificate,
}

impl Purpose {
    /// Every purpose, in the order of the reference.
    pub const ALL: [Self; 8] = [
        Self::Bundle,
        Self::License,
        Self::Revocation,
        Self::Receipt,
        Self::Backup,
        Self::Release,
        Self::Audit,
        Self::Certificate,
    ];

    /// The name that stands in the signed message, before a zero byte.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::License => "license",
            Self::Revocation => "revocation",
            Self::Receipt => "receipt",
            Self::Backup => "backup",
            Self::Release => "release",
            Self::Audit => "audit",
            Self::Certificate => "certificate",
        }
    }

    /// The exact bytes that are signed: name, zero byte, document. No name contains a zero byte,
    /// so no document of one purpose can be read as another's.
    pub(crate) fn message(self, document: &[u8]) -> Vec<u8> {
        let name = self.as_str().as_bytes();
        let mut message = Vec::with_capacity(name.len() + 1 + document.len());
        message.extend_from_slice(name);
        message.push(0);
        message.extend_from_slice(document);
        message
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Purpose {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.as_str() == text);
        found.ok_or_else(|| KeyError::PurposeUnknown { found: text.chars().take(40).collect() })
    }
}
