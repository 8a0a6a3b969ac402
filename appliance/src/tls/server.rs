//! What the HTTPS listeners present; replaced while they run.

use std::sync::{Arc, RwLock};

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;

/// A certificate chain with its key, ready to serve.
#[derive(Debug, Clone)]
pub struct ServerIdentity(Arc<CertifiedKey>);

impl ServerIdentity {
    /// From a PEM chain, leaf first, and a PEM key. Refuses a key that is not the leaf's.
    pub fn from_pem(chain_pem: &str, key_pem: &str) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(chain_pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| TlsError::ReadPem { part: "certificate", source })?;
        let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes())
            .map_err(|source| TlsError::ReadPem { part: "key", source })?;
        let provider = rustls::crypto::ring::default_provider();
        let certified = CertifiedKey::from_der(chain, key, &provider).map_err(TlsError::Pair)?;
        Ok(Self(Arc::new(certified)))
    }
}

/// The TLS side of a server whose certificate can be replaced without a restart.
#[derive(Debug, Clone)]
pub struct ServerTls {
    current: Arc<Current>,
}

#[derive(Debug)]
struct Current(RwLock<ServerIdentity>);

impl ServerTls {
    /// Serves this identity until it is replaced.
    pub fn new(identity: ServerIdentity) -> Self {
        Self { current: Arc::new(Current(RwLock::new(identity))) }
    }

    /// New connections see this identity; those that are open keep theirs.
    pub fn replace(&self, identity: ServerIdentity) {
        *self.current.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = identity;
    }

    /// The rustls configuration: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1, no client certificates.
    pub fn config(&self) -> Arc<ServerConfig> {
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("ring supports the default protocol versions")
                .with_no_client_auth()
                .with_cert_resolver(Arc::clone(&self.current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let identity = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        Some(Arc::clone(&identity.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::{Authority, HostNames};
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls_pki_types::{ServerName, UnixTime};
    use time::macros::datetime;
    use url::Url;

    fn names(text: &str) -> HostNames {
        HostNames::of_urls([&Url::parse(text).expect("a URL")]).expect("a host")
    }

    /// Whether a client that trusts only the authority accepts the leaf for this name and time.
    fn accepts(authority: &Authority, chain: &str, name: &str, at: time::OffsetDateTime) -> bool {
        let mut roots = rustls::RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes());
        roots.add(root.expect("PEM")).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        let leaf = CertificateDer::from_pem_slice(chain.as_bytes()).expect("PEM");
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let seconds = u64::try_from(at.unix_timestamp()).expect("after 1970");
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        verifier.build().expect("a verifier").verify_server_cert(&leaf, &[], &name, &[], at).is_ok()
    }

    #[test]
    fn the_authority_vouches_for_its_names_a_day_early_and_for_no_other() {
        let now = datetime!(2026-11-01 12:00 UTC);
        let ours = names("https://10.1.2.3:7443");
        let made = Authority::generate("test", &ours, now).expect("an authority");
        let authority =
            Authority::from_pem(made.certificate_pem(), &made.key_pem()).expect("it reads back");
        let leaf = authority.issue(&ours, now).expect("a leaf");
        ServerIdentity::from_pem(&leaf.chain_pem, &leaf.key_pem).expect("chain and key agree");
        for name in ["10.1.2.3", "127.0.0.1", "::1", "localhost"] {
            assert!(accepts(&authority, &leaf.chain_pem, name, now), "{name}");
        }
        assert!(accepts(&authority, &leaf.chain_pem, "10.1.2.3", now - time::Duration::hours(23)));
        assert!(!accepts(&authority, &leaf.chain_pem, "10.9.9.9", now));

        let foreign =
            authority.issue(&names("https://bank.example"), now).expect("signing is not judging");
        assert!(
            !accepts(&authority, &foreign.chain_pem, "bank.example", now),
            "name constraints must hold"
        );
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let now = datetime!(2026-11-01 12:00 UTC);
        let ours = names("https://10.1.2.3");
        let authority = Authority::generate("test", &ours, now).expect("an authority");
        let one = authority.issue(&ours, now).expect("a leaf");
        let other = authority.issue(&ours, now).expect("a leaf");
        let refused = ServerIdentity::from_pem(&one.chain_pem, &other.key_pem);
        assert!(matches!(refused, Err(TlsError::Pair(_))));
    }
}
