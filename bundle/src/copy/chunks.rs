//! The table of chaining values: what every chunk of every blob has to hash to.

use std::io;

use crate::copy::CopyError;
use crate::digest::{self, Digest};
use crate::front::Front;
use crate::limits::{CHUNK, READ_MAX};
use crate::source::{Place, Source};

/// The length of a chaining value in memory.
const VALUE: usize = 32;

/// The chaining values of a bundle, checked against the index. At most 32 MiB.
#[derive(Debug)]
pub struct Chunks {
    table: Vec<u8>,
    /// The number of each blob's first value, by blob number; blob 0, the table, has none.
    first: Vec<usize>,
}

impl Chunks {
    /// Reads the table from the first blob.
    pub fn load(front: &Front, source: &dyn Source) -> Result<Self, CopyError> {
        let start = front.container().payload_base();
        let place = Place::at(start);
        let Some((blob, rest)) = front.index().blobs.split_first() else {
            return Err(CopyError::ChunkTable { place });
        };
        // The index check bounds the size of the table by that of the payload.
        let length = usize::try_from(blob.size).map_err(|_| CopyError::ChunkTable { place })?;
        let mut table = vec![0; length];
        source.read_at(&mut table, start).map_err(|source| CopyError::Read { place, source })?;
        if Digest::of(&table) != blob.digest {
            return Err(CopyError::ChunkTable { place });
        }
        let mut first = vec![0];
        let mut next = 0;
        for blob in rest {
            first.push(next);
            next += usize::try_from(digest::chunk_count(blob.size)).unwrap_or(usize::MAX);
        }
        Ok(Self { table, first })
    }

    /// The bytes of the table: the content of blob 0.
    pub fn bytes(&self) -> &[u8] {
        &self.table
    }

    /// Reads one blob whole and checks it: for manifests and other small things. What is larger
    /// than [`READ_MAX`] is refused as unreadable.
    pub fn read(
        &self,
        front: &Front,
        source: &dyn Source,
        number: u32,
    ) -> Result<Vec<u8>, CopyError> {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let blob = front.index().blobs.get(number);
        let start = front.container().payload_base() + blob.map_or(0, |blob| blob.offset);
        let place = Place::at(start);
        let fits = blob.filter(|blob| blob.size <= READ_MAX);
        let (Some(blob), Some(length)) =
            (fits, fits.and_then(|blob| usize::try_from(blob.size).ok()))
        else {
            return Err(CopyError::Read { place, source: io::ErrorKind::FileTooLarge.into() });
        };
        let mut bytes = vec![0; length];
        source.read_at(&mut bytes, start).map_err(|source| CopyError::Read { place, source })?;
        for (chunk, bytes) in (0..).zip(bytes.chunks(CHUNK)) {
            if !self.matches(number, chunk, bytes) {
                let place = Place::at(start + chunk * CHUNK as u64);
                return Err(CopyError::Chunk { place, blob: blob.digest });
            }
        }
        let found = Digest::of(&bytes);
        if found != blob.digest {
            return Err(CopyError::Blob { place, blob: blob.digest, found });
        }
        Ok(bytes)
    }

    /// Whether these bytes are the chunk with this number of the blob with this number.
    pub fn matches(&self, blob: usize, number: u64, bytes: &[u8]) -> bool {
        let number_in_blob = usize::try_from(number).unwrap_or(usize::MAX);
        let first = self.first.get(blob).copied().unwrap_or(usize::MAX);
        let start = first.saturating_add(number_in_blob).saturating_mul(VALUE);
        let wanted = self.table.get(start..start.saturating_add(VALUE));
        blob > 0 && wanted == Some(digest::chaining_value(number, bytes).as_slice())
    }
}
