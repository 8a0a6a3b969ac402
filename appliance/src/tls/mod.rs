//! The site's certificate authority, the server's certificate, and how both reach rustls.
//!
//! Works on PEM text and names; knows no directory layout (that is `site`) and no socket (that is
//! `listen`). The provider is ring, everywhere.

mod authority;
mod names;
mod server;

pub use authority::{Authority, IssuedLeaf};
pub use names::HostNames;
pub use server::{ServerIdentity, ServerTls};

/// What goes wrong with keys and certificates.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A URL names no host.
    #[error("the address `{0}` names no host")]
    NameHost(String),
    /// There is nothing to name in a certificate.
    #[error("a certificate needs at least one name or address")]
    NameNone,
    /// A key pair could not be generated.
    #[error("cannot generate a key")]
    GenerateKey(#[source] rcgen::Error),
    /// A certificate could not be signed.
    #[error("cannot sign the certificate for `{subject}`")]
    Sign {
        /// Whose certificate.
        subject: String,
        /// What the library said.
        #[source]
        source: rcgen::Error,
    },
    /// The stored authority cannot be read back.
    #[error("cannot read the site authority's {part}")]
    ReadAuthority {
        /// `certificate` or `key`.
        part: &'static str,
        /// What the library said.
        #[source]
        source: rcgen::Error,
    },
    /// PEM text holds no certificate or no key, or not well formed.
    #[error("cannot read the server's {part} as PEM")]
    ReadPem {
        /// `certificate` or `key`.
        part: &'static str,
        /// What the library said.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// The certificate and the key do not go together, or are of a kind we do not serve.
    #[error("the server's certificate and key cannot be used together")]
    Pair(#[source] rustls::Error),
}
