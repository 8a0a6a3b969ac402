//! Why a copy ended early.

use std::io;

use crate::digest::Digest;
use crate::source::Place;

/// Why a copy ended early. Whatever the sink has stays invisible.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The medium failed.
    #[error("cannot read the bundle at {place}")]
    Read {
        /// Where.
        place: Place,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A byte between the blobs is not what follows from the index.
    #[error("the bundle was altered at {place}")]
    Altered {
        /// The first such byte.
        place: Place,
    },
    /// The table of chaining values is not the one the index names.
    #[error("the table of chunk hashes at {place} is damaged")]
    ChunkTable {
        /// Where it begins.
        place: Place,
    },
    /// A chunk is not what its maker hashed.
    #[error("the bundle is damaged at {place}, inside blob `{blob}`")]
    Chunk {
        /// Where the chunk begins.
        place: Place,
        /// Which blob.
        blob: Digest,
    },
    /// All chunks are right, and yet the blob is not what its name says: its maker erred or lied.
    #[error("the blob `{blob}` at {place} hashes to `{found}`")]
    Blob {
        /// Where the blob begins.
        place: Place,
        /// Its name.
        blob: Digest,
        /// Its hash.
        found: Digest,
    },
    /// The checkpoint is of another bundle, or no position a copy stops at.
    #[error("the saved state does not belong to this bundle")]
    Checkpoint,
    /// The sink refused bytes.
    #[error("cannot write at offset {offset}")]
    Write {
        /// Where.
        offset: u64,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The sink could not make its bytes durable.
    #[error("cannot make the copy durable up to offset {offset}")]
    Sync {
        /// Up to where.
        offset: u64,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The watcher asked to stop.
    #[error("stopped at offset {offset}; the same command goes on from there")]
    Stopped {
        /// Where.
        offset: u64,
    },
}
