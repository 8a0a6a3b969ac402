//! The one place where outgoing connections are opened. `clippy.toml` bans the calls elsewhere.
//!
//! Nothing is dialled that a person or the configuration did not name, no proxy of the environment
//! is used, and trust is a list of authorities or the machine's own store, never "anything".

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::net::TcpStream;

/// A server on the same site that has not answered by then is away.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Whose certificates are believed.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Only these authorities, PEM; several while one is being replaced.
    Authorities(String),
    /// Those that the operating system trusts.
    Machine,
}

/// A connection cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The authorities are not PEM certificates.
    #[error("the authority is not a PEM certificate")]
    ReadAuthority(#[source] rustls_pki_types::pem::Error),
    /// An authority cannot be used.
    #[error("the authority's certificate cannot be used")]
    UseAuthority(#[source] rustls::Error),
    /// There is no certificate in the text.
    #[error("the authority's file holds no certificate")]
    NoAuthority,
    /// The HTTP client cannot be made.
    #[error("cannot prepare an HTTP client")]
    Client(#[source] reqwest::Error),
}

/// Opens a TCP connection, trying each address of the name within [`CONNECT_TIMEOUT`].
#[expect(clippy::disallowed_methods, reason = "this is the place the ban points to")]
pub async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect((host, port)))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The authorities of a PEM text.
pub fn roots(pem: &str) -> Result<RootCertStore, EgressError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(EgressError::ReadAuthority)?;
        roots.add(certificate).map_err(EgressError::UseAuthority)?;
    }
    if roots.is_empty() { Err(EgressError::NoAuthority) } else { Ok(roots) }
}

/// A rustls client that believes these authorities only.
pub fn tls(pem: &str) -> Result<Arc<ClientConfig>, EgressError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
        .with_root_certificates(roots(pem)?)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The beginnings of an HTTP client: no proxy, no redirect, no store but the given one.
#[expect(clippy::disallowed_methods, reason = "this is the place the ban points to")]
pub fn http(trust: &Trust) -> Result<reqwest::ClientBuilder, EgressError> {
    // The second call of a process is refused, which is as good: there is one provider.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT);
    match trust {
        Trust::Machine => Ok(builder),
        Trust::Authorities(pem) => {
            roots(pem)?;
            let bundle = reqwest::Certificate::from_pem_bundle(pem.as_bytes());
            Ok(builder.tls_certs_only(bundle.map_err(EgressError::Client)?))
        }
    }
}

/// A rustls client that believes the authorities of the operating system.
pub fn tls_machine() -> Result<Arc<ClientConfig>, EgressError> {
    use rustls_platform_verifier::ConfigVerifierExt as _;
    drop(rustls::crypto::ring::default_provider().install_default());
    Ok(Arc::new(ClientConfig::with_platform_verifier().map_err(EgressError::UseAuthority)?))
}
