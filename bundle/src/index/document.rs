//! The signed document.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Image, IndexError, Part};
use crate::digest::Digest;
use crate::version::Version;

/// The one format this crate reads and writes.
pub const FORMAT: u32 = 1;

/// The product in whose name Atoll's own bundles are made.
pub const PRODUCT: &str = "atoll";

/// The signed document. Field order is part of the format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// [`FORMAT`].
    pub format: u32,
    /// The algorithms used.
    pub algorithms: Algorithms,
    /// What the bundle is for; another product's bundle is refused.
    pub product: String,
    /// Who made it; the signature must be in this name.
    pub publisher: String,
    /// The line of releases it belongs to.
    pub stream: String,
    /// Its place in that line.
    pub version: Version,
    /// When it was made, in whole seconds UTC. Certificates are judged at this time.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
    /// The program that made it.
    pub made_by: String,
    /// What is in it.
    pub parts: Vec<Part>,
    /// Every blob in file order. The first holds the chaining values of all the others.
    pub blobs: Vec<Blob>,
}

/// The algorithms of a bundle: one value each today. Room for another set, such as FIPS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Algorithms {
    /// How blobs are named.
    pub blob: BlobAlgorithm,
    /// How chunks are checked.
    pub chunk: ChunkAlgorithm,
}

/// How blobs are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BlobAlgorithm {
    /// SHA-256, as OCI has it.
    #[default]
    #[serde(rename = "sha256")]
    Sha256,
}

/// How chunks are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ChunkAlgorithm {
    /// BLAKE3 chaining values of 1 MiB.
    #[default]
    #[serde(rename = "blake3-1mib")]
    Blake3Mib,
}

/// One blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// Its name.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Its first byte, counted from the payload base.
    pub offset: u64,
}

impl Index {
    /// Reads and checks an index.
    pub fn parse(bytes: &[u8]) -> Result<Self, IndexError> {
        #[derive(Deserialize)]
        struct Outline {
            format: u32,
        }
        let outline: Outline =
            serde_json::from_slice(bytes).map_err(|source| IndexError::Read { source })?;
        if outline.format != FORMAT {
            return Err(IndexError::Format { found: outline.format });
        }
        let index: Self =
            serde_json::from_slice(bytes).map_err(|source| IndexError::Read { source })?;
        index.check()?;
        if index.to_bytes() != bytes {
            return Err(IndexError::Spelling);
        }
        Ok(index)
    }

    /// The bytes that are signed.
    ///
    /// # Panics
    /// Never: an index always has a JSON form.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an index has a JSON form")
    }

    /// The identity of the bundle: the digest of its index.
    pub fn id(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// The images.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.parts.iter().filter_map(Part::image)
    }

    /// The blob with this digest. Looks through the table: for single questions only.
    pub fn blob(&self, digest: &Digest) -> Option<&Blob> {
        self.blobs.iter().find(|blob| blob.digest == *digest)
    }

    /// The sum of all blobs' sizes.
    pub fn content_size(&self) -> u64 {
        self.blobs.iter().map(|blob| blob.size).sum()
    }
}
