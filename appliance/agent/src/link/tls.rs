//! Whom the agent trusts: the certificates in one file, and nobody else.

use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_rustls::TlsConnector;

use super::LinkError;

/// Certificates in the file: the site's authority, its successor, and those of a customer.
const CERTIFICATES_MAX: usize = 64;

/// A connector that trusts the certificates in this file only.
pub(super) fn connector(path: &Path) -> Result<TlsConnector, LinkError> {
    let refused = |reason: String| LinkError::Authority { path: path.to_owned(), reason };
    let pem = std::fs::read(path)
        .map_err(|source| LinkError::ReadFile { path: path.to_owned(), source })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem).take(CERTIFICATES_MAX) {
        let certificate = certificate.map_err(|error| refused(error.to_string()))?;
        roots.add(certificate).map_err(|error| refused(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(refused("it has no certificate in PEM".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
