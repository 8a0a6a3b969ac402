//! What there is after an installation, for the operator's next steps.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The site as the installation left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The base address that is printed.
    pub url: String,
    /// SHA-256 of the site authority's certificate; empty with a customer's certificate.
    pub ca_sha256: String,
    /// The identity of the site.
    pub install_id: String,
    /// The first administrator; empty when there was one before.
    pub admin_name: String,
    /// Where that one's password is; absent when it was given or there was one before.
    pub admin_password_file: Option<PathBuf>,
    /// What was imported, a line each.
    pub imported: Vec<String>,
    /// What an operator should know and do about, a line each.
    pub warnings: Vec<String>,
}
