//! Images from registries, for the release engineer's machine.
//!
//! The one place of composing that opens sockets, and only to the registries the recipe names.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use atoll_bundle::index::MediaType;
use atoll_bundle::{Digest, ImageName};
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use tokio::runtime::Handle;

use crate::error::{Outcome, Problem, codes};

/// A registry that says nothing for this long has gone; slow but living lines are welcome.
const SILENCE_MAX: Duration = Duration::from_mins(1);
const CONNECT_MAX: Duration = Duration::from_secs(20);

/// How often one blob is taken up again where the line broke.
const ATTEMPTS_MAX: usize = 5;

/// How registries are reached.
#[derive(Debug, Default)]
pub struct Access {
    /// A proxy for all of them; without it the usual variables count.
    pub proxy: Option<String>,
    /// A certificate authority to trust besides the system's, in PEM.
    pub authority: Option<Vec<u8>>,
    /// Hosts spoken to without TLS; loopback only.
    pub plain_http: BTreeSet<String>,
}

/// The registries of one recipe.
pub struct Registries {
    client: Client,
}

impl fmt::Debug for Registries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Registries")
    }
}

impl Access {
    /// Reads the authority's file and refuses plain HTTP to other machines.
    pub fn new(
        proxy: Option<String>,
        authority: Option<&Path>,
        plain_http: Vec<String>,
    ) -> Outcome<Self> {
        let far = plain_http.iter().find(|host| !is_loopback(host));
        if let Some(host) = far {
            let message = format!("`{host}` is not this machine");
            return Err(Problem::new(&codes::USAGE, message)
                .because_of("without TLS anybody on the way can change what is pulled")
                .remedy(
                    "give the registry a certificate and pass its authority with `--ca FILE`",
                ));
        }
        let authority = authority.map(std::fs::read).transpose().map_err(|error| {
            Problem::new(&codes::USAGE, "cannot read the file given with `--ca`").because(&error)
        })?;
        Ok(Self { proxy, authority, plain_http: plain_http.into_iter().collect() })
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Registries {
    /// A client for the registries; opens no connection yet.
    pub fn new(access: Access) -> Outcome<Self> {
        let Access { proxy, authority, plain_http } = access;
        // Another part of the program may have chosen it already; it is the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let certificate = |data| Certificate { encoding: CertificateEncoding::Pem, data };
        let config = ClientConfig {
            protocol: ClientProtocol::HttpsExcept(plain_http.into_iter().collect()),
            extra_root_certificates: authority.into_iter().map(certificate).collect(),
            read_timeout: Some(SILENCE_MAX),
            connect_timeout: Some(CONNECT_MAX),
            user_agent: concat!("atoll/", env!("CARGO_PKG_VERSION")),
            https_proxy: proxy.clone(),
            http_proxy: proxy,
            ..ClientConfig::default()
        };
        let client = Client::try_from(config).map_err(|error| {
            Problem::new(&codes::bundle::SOURCE_REGISTRY, "cannot set up the registry client")
                .because(&error)
        })?;
        Ok(Self { client })
    }

    /// The manifest of a name, or of a digest in the name's repository, with its media type.
    pub(super) async fn manifest(
        &self,
        name: &ImageName,
        digest: Option<&Digest>,
    ) -> Outcome<Vec<u8>> {
        let accepted = MediaType::ALL.map(MediaType::as_str);
        let mut reference = reference(name);
        if let Some(digest) = digest {
            reference = reference.clone_with_digest(digest.to_string());
        }
        let pulled =
            self.client.pull_manifest_raw(&reference, &RegistryAuth::Anonymous, &accepted).await;
        let (bytes, _) = pulled.map_err(|error| failed(name, &error))?;
        Ok(bytes.to_vec())
    }

    /// Opens a blob for a thread that may block.
    pub(super) fn open(
        &self,
        runtime: &Handle,
        name: &ImageName,
        digest: &Digest,
        size: u64,
    ) -> io::Result<BlobReader> {
        let mut reader = BlobReader {
            client: self.client.clone(),
            runtime: runtime.clone(),
            reference: reference(name),
            descriptor: OciDescriptor {
                digest: digest.to_string(),
                size: i64::try_from(size).unwrap_or(i64::MAX),
                ..OciDescriptor::default()
            },
            size,
            stream: None,
            current: Bytes::new(),
            done: 0,
            attempts: 0,
            ended: false,
        };
        reader.connect()?;
        Ok(reader)
    }
}

fn failed(name: &ImageName, error: &(dyn std::error::Error + 'static)) -> Problem {
    let message = format!("cannot pull `{name}`");
    Problem::new(&codes::bundle::SOURCE_REGISTRY, message).because(error)
}

fn reference(name: &ImageName) -> Reference {
    let repository = name.repository().split_once('/').map_or("", |(_, repository)| repository);
    let (host, repository) = (name.host().to_owned(), repository.to_owned());
    match (name.digest(), name.tag()) {
        (Some(digest), _) => Reference::with_digest(host, repository, digest.to_string()),
        (None, Some(tag)) => Reference::with_tag(host, repository, tag.to_owned()),
        // A name has one or the other.
        (None, None) => Reference::with_tag(host, repository, "latest".to_owned()),
    }
}

type Chunks = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// One blob as a blocking reader, which takes up a broken line where it broke. What it reads is
/// checked by the writer.
pub(super) struct BlobReader {
    client: Client,
    runtime: Handle,
    reference: Reference,
    descriptor: OciDescriptor,
    size: u64,
    stream: Option<Chunks>,
    current: Bytes,
    done: u64,
    attempts: usize,
    ended: bool,
}

impl BlobReader {
    fn connect(&mut self) -> io::Result<()> {
        let (image, blob) = (&self.reference, &self.descriptor);
        let opened = self.runtime.block_on(async {
            if self.done == 0 {
                let opened = self.client.pull_blob_stream(image, blob).await?;
                return Ok(opened.stream);
            }
            let left = self.size - self.done;
            let opened =
                self.client.pull_blob_stream_partial(image, blob, self.done, Some(left)).await?;
            match opened {
                oci_client::client::BlobResponse::Partial(part) => Ok(part.stream),
                oci_client::client::BlobResponse::Full(_) => {
                    Err(oci_client::errors::OciDistributionError::GenericError(Some(
                        "the line broke, and the registry serves no ranges".into(),
                    )))
                }
            }
        });
        self.stream = Some(opened.map_err(io::Error::other)?);
        Ok(())
    }

    /// The next bytes; nothing at the end.
    fn advance(&mut self) -> io::Result<bool> {
        // A stream must not be asked again after its end.
        while self.current.is_empty() && !self.ended {
            let Some(stream) = &mut self.stream else {
                self.connect()?;
                continue;
            };
            match self.runtime.block_on(stream.next()) {
                Some(Ok(bytes)) => self.current = bytes,
                None => self.ended = true,
                Some(Err(error)) => {
                    self.attempts += 1;
                    if self.attempts == ATTEMPTS_MAX {
                        return Err(error);
                    }
                    self.stream = None;
                }
            }
        }
        Ok(!self.current.is_empty())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.advance()? {
            return Ok(0);
        }
        let length = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..length]);
        self.done += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for host in ["127.0.0.1:5000", "localhost", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["registry.example:5000", "10.0.0.1", "127.0.0.1.example"] {
            assert!(!is_loopback(host), "{host}");
        }
        Access::new(None, None, vec!["10.0.0.1:5000".into()]).expect_err("another machine");
    }
}
