//! Getting the site's authority over the wire when its fingerprint came another way.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::egress;
use crate::error::{Outcome, Problem, codes};

/// The authority at this address whose certificate has this SHA-256, as PEM.
///
/// One handshake, nothing sent: the server's chain must hold a certificate with that hash, and the
/// server's own certificate must be signed by it for the name asked for.
pub async fn fetch_authority(url: &Url, sha256: &str) -> Outcome<String> {
    let wanted = sha256.trim().trim_start_matches("sha256:").replace(':', "").to_ascii_lowercase();
    let refused = |message: String| Problem::new(&codes::client::TRUST_FAILED, message);
    let host = url.host_str().ok_or_else(|| refused(format!("`{url}` names no host")))?;
    let port =
        url.port_or_known_default().ok_or_else(|| refused(format!("`{url}` names no port")))?;
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|error| refused(format!("`{host}` is no host name")).because(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        Arc::new(Pinned { wanted, provider: Arc::clone(&provider), found: Mutex::new(None) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let unreachable = |error: &std::io::Error| {
        Problem::new(&codes::client::UNREACHABLE, format!("cannot reach `{url}`")).because(error)
    };
    let stream = egress::connect(host, port).await.map_err(|error| unreachable(&error))?;
    let handshake = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream);
    let handshake = tokio::time::timeout(egress::CONNECT_TIMEOUT, handshake).await;
    match handshake {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            let message =
                format!("`{url}` does not prove to be the site with authority `{sha256}`");
            return Err(refused(message).because(&error));
        }
        Err(_) => return Err(unreachable(&std::io::ErrorKind::TimedOut.into())),
    }
    let found = verifier.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    found.map(|der| pem(&der)).ok_or_else(|| refused(format!("`{url}` showed no certificate")))
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[derive(Debug)]
struct Pinned {
    wanted: String,
    provider: Arc<CryptoProvider>,
    found: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut chain = std::iter::once(end_entity).chain(intermediates);
        let authority = chain
            .find(|certificate| hex::encode(Sha256::digest(certificate)) == self.wanted)
            .ok_or_else(|| {
                Error::General("no certificate of the server has the fingerprint given".into())
            })?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        *self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Some(authority.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
