//! Refusals of the bundle crate in the form in which they leave the process.

use std::path::Path;

use atoll_bundle::{CopyError, FrontError, IndexError};
use atoll_signing::SealError;

use crate::error::{Code, Problem, codes};

/// A bundle refused from its front.
pub fn front_problem(path: &Path, error: &FrontError) -> Problem {
    let name = path.display();
    let code = match error {
        FrontError::Read { .. } => &codes::bundle::UNREADABLE,
        FrontError::NotABundle => &codes::bundle::NOT_A_BUNDLE,
        FrontError::Truncated { .. } | FrontError::Surplus { .. } => &codes::bundle::TRUNCATED,
        FrontError::Unsigned => &codes::bundle::UNSIGNED,
        FrontError::Seal { source, .. } | FrontError::Signature { source } => seal_code(source),
        FrontError::IndexHeader { .. } | FrontError::Altered { .. } => &codes::bundle::DAMAGED,
        FrontError::Index { source, .. } => index_code(source),
        FrontError::Publisher { .. } => &codes::bundle::SIGNER_REFUSED,
        FrontError::Product { .. } => &codes::bundle::OTHER_PRODUCT,
        FrontError::Older { .. }
        | FrontError::SameVersion { .. }
        | FrontError::Incomparable { .. } => &codes::bundle::OLDER,
        FrontError::Disk { .. } => &codes::bundle::DISK_SHORT,
    };
    let problem = Problem::new(code, format!("the bundle `{name}` is refused")).because(error);
    match error {
        FrontError::Signature { source: SealError::RootUntrusted { root } } => {
            problem.remedy(format!(
                "if the publisher confirms this fingerprint by another way: \
                 `atoll trust add {root} --name NAME`, then the same command again"
            ))
        }
        _ => problem,
    }
}

/// Who signed, or whether anything was changed after it was signed.
fn seal_code(error: &SealError) -> &'static Code {
    match error {
        SealError::RootUntrusted { .. } => &codes::bundle::SIGNER_UNKNOWN,
        SealError::SignatureMismatch
        | SealError::TooLong { .. }
        | SealError::Malformed { .. }
        | SealError::NotCanonical
        | SealError::CertificateForged { .. }
        | SealError::CertificateMalformed { .. } => &codes::bundle::DAMAGED,
        SealError::FormatUnknown { .. }
        | SealError::AlgorithmUnknown { .. }
        | SealError::CertificateFormatUnknown { .. }
        | SealError::CertificateAlgorithmUnknown { .. } => &codes::bundle::FORMAT_UNKNOWN,
        SealError::RootPurpose { .. }
        | SealError::CertificateMissing { .. }
        | SealError::CertificateUnexpected { .. }
        | SealError::CertificateText { .. }
        | SealError::CertificateIssuer { .. }
        | SealError::CertificatePurpose { .. }
        | SealError::CertificateNotYet { .. }
        | SealError::CertificateEnded { .. }
        | SealError::KeyRevoked { .. } => &codes::bundle::SIGNER_REFUSED,
    }
}

fn index_code(error: &IndexError) -> &'static Code {
    match error {
        IndexError::Format { .. } => &codes::bundle::FORMAT_UNKNOWN,
        IndexError::Read { .. }
        | IndexError::Spelling
        | IndexError::TooMany { .. }
        | IndexError::Name { .. }
        | IndexError::Text { .. }
        | IndexError::MadeAt
        | IndexError::Twice { .. }
        | IndexError::BlobMissing { .. }
        | IndexError::BlobNumber { .. }
        | IndexError::ManifestUnlisted { .. }
        | IndexError::BlobUnused { .. }
        | IndexError::Offset { .. }
        | IndexError::ChunkTable { .. }
        | IndexError::Empty { .. } => &codes::bundle::DAMAGED,
    }
}

/// A copy that ended early.
pub fn copy_problem(path: &Path, error: &CopyError) -> Problem {
    let name = path.display();
    let (code, message) = match error {
        CopyError::Read { source, .. } => {
            let cut = source.kind() == std::io::ErrorKind::UnexpectedEof;
            let code = if cut { &codes::bundle::TRUNCATED } else { &codes::bundle::UNREADABLE };
            (code, format!("the bundle `{name}` cannot be read to its end"))
        }
        CopyError::Altered { .. }
        | CopyError::ChunkTable { .. }
        | CopyError::Chunk { .. }
        | CopyError::Blob { .. } => {
            (&codes::bundle::DAMAGED, format!("the bundle `{name}` is refused"))
        }
        CopyError::Checkpoint | CopyError::Write { .. } | CopyError::Sync { .. } => {
            (&codes::bundle::STORE, format!("the bundle `{name}` cannot be stored"))
        }
        CopyError::Stopped { .. } => {
            (&codes::bundle::STOPPED, format!("the bundle `{name}` was not read to its end"))
        }
    };
    Problem::new(code, message).because(error)
}
