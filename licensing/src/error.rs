//! Every way in which a license or a request is refused, each with a stable kebab-case code.

use atoll_signing::{EnvelopeError, SealError};
use thiserror::Error;
use time::OffsetDateTime;

/// A text is no license that this site can believe.
#[derive(Debug, Error)]
pub enum LicenseError {
    /// No license block, or a damaged one.
    #[error("the text holds no readable license")]
    Envelope {
        /// Why.
        #[source]
        source: EnvelopeError,
    },
    /// The signature is refused.
    #[error("the license is not signed as it should be")]
    Seal {
        /// Why.
        #[source]
        source: SealError,
    },
    /// The signed bytes are no license.
    #[error("the license document cannot be read")]
    Malformed {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A license of a format that this version does not know.
    #[error("the license has the unknown format `{found}`")]
    FormatUnknown {
        /// The format it names.
        found: String,
    },
    /// Longer than any license.
    #[error("{found} bytes are too many for a license (at most {max})")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// A field has a value no license may have.
    #[error("the license's `{field}` is not acceptable: {reason}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl LicenseError {
    /// The stable code; that of the signature where that is what is wrong.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Envelope { source } => source.code(),
            Self::Seal { source } => source.code(),
            Self::Malformed { .. } => "license-malformed",
            Self::FormatUnknown { .. } => "license-format-unknown",
            Self::TooLong { .. } => "license-too-long",
            Self::Field { .. } => "license-field",
        }
    }
}

/// A genuine license that this site cannot take up now.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AdmitError {
    /// Bound to other marks.
    #[error("license `{id}` of `{customer}` was issued for another site")]
    OtherSite {
        /// The license.
        id: String,
        /// Whose it is.
        customer: String,
    },
    /// Term and grace are over.
    #[error("license `{id}` ended at {ended}, and so did its grace")]
    Ended {
        /// The license.
        id: String,
        /// The end of its term.
        ended: OffsetDateTime,
    },
    /// On a revocation list.
    #[error("license `{id}` was revoked: {reason}")]
    Revoked {
        /// The license.
        id: String,
        /// What the list says.
        reason: String,
    },
}

impl AdmitError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherSite { .. } => "license-other-site",
            Self::Ended { .. } => "license-ended",
            Self::Revoked { .. } => "license-revoked",
        }
    }
}

/// A text is no license request.
#[derive(Debug, Error)]
pub enum RequestError {
    /// Not the JSON of a request.
    #[error("the license request cannot be read")]
    Malformed {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A request of a format that this version does not know.
    #[error("the license request has the unknown format `{found}`")]
    FormatUnknown {
        /// The format it names.
        found: String,
    },
    /// Longer than any request.
    #[error("{found} bytes are too many for a license request (at most {max})")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// Marks that no site has.
    #[error("the license request has no marks, or malformed ones")]
    Marks,
}
