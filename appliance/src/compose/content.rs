//! The bytes of blobs, opened when the writer comes to them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use atoll_bundle::{Digest, ImageName};
use tokio::runtime::Handle;

use crate::compose::Registries;

/// Where the bytes of one blob are.
#[derive(Debug, Clone)]
pub enum Source {
    /// In memory: manifests, configurations.
    Bytes(Vec<u8>),
    /// In a file, or in the middle of an archive.
    Slice {
        /// The file.
        file: PathBuf,
        /// Where the blob begins.
        offset: u64,
        /// How long it is.
        size: u64,
    },
    /// In a registry.
    Registry {
        /// A name in the repository that has it.
        image: ImageName,
        /// How long it is.
        size: u64,
    },
}

/// All content of a bundle to be written. Used on a thread that may block.
#[derive(Debug)]
pub struct Contents {
    pub(super) sources: BTreeMap<Digest, Source>,
    pub(super) registries: Arc<Registries>,
    pub(super) runtime: Handle,
}

impl atoll_bundle::write::Contents for Contents {
    fn open(&mut self, digest: &Digest) -> io::Result<Box<dyn Read + '_>> {
        match self.sources.get(digest) {
            Some(Source::Bytes(bytes)) => Ok(Box::new(Cursor::new(bytes))),
            Some(Source::Slice { file, offset, size }) => {
                let mut file = File::open(file)?;
                file.seek(SeekFrom::Start(*offset))?;
                Ok(Box::new(file.take(*size)))
            }
            Some(Source::Registry { image, size }) => {
                let stream = self.registries.open(&self.runtime, image, digest, *size)?;
                Ok(Box::new(stream))
            }
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}
