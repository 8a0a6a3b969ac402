//! From a license that is refused to the problem a person reads, for the API and for `inspect`.

use atoll_licensing::LicenseError;
use atoll_signing::SealError;

use super::{Code, Problem, codes};

/// The problem of a text that is no license for this build.
pub fn refused(error: &LicenseError) -> Problem {
    let code = match error {
        LicenseError::Envelope { .. } => &codes::license::LICENSE_UNREADABLE,
        LicenseError::Seal { source } => seal_code(source),
        LicenseError::Malformed { .. }
        | LicenseError::FormatUnknown { .. }
        | LicenseError::TooLong { .. }
        | LicenseError::Field { .. } => &codes::license::LICENSE_UNSUPPORTED,
    };
    let problem = Problem::new(code, error.to_string());
    match std::error::Error::source(error) {
        Some(source) => problem.because(source),
        None => problem,
    }
}

fn seal_code(error: &SealError) -> &'static Code {
    match error {
        SealError::RootUntrusted { .. } | SealError::RootPurpose { .. } => {
            &codes::license::LICENSE_UNTRUSTED
        }
        SealError::FormatUnknown { .. }
        | SealError::AlgorithmUnknown { .. }
        | SealError::CertificateFormatUnknown { .. }
        | SealError::CertificateAlgorithmUnknown { .. } => &codes::license::LICENSE_UNSUPPORTED,
        SealError::KeyRevoked { .. } => &codes::license::LICENSE_REVOKED,
        SealError::TooLong { .. }
        | SealError::Malformed { .. }
        | SealError::NotCanonical
        | SealError::CertificateMissing { .. }
        | SealError::CertificateUnexpected { .. }
        | SealError::CertificateForged { .. }
        | SealError::CertificateMalformed { .. }
        | SealError::CertificateText { .. }
        | SealError::CertificateIssuer { .. }
        | SealError::CertificatePurpose { .. }
        | SealError::CertificateNotYet { .. }
        | SealError::CertificateEnded { .. }
        | SealError::SignatureMismatch => &codes::license::LICENSE_FORGED,
    }
}
