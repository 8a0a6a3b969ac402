//! The one pass over the payload: every byte checked on its way into a sink.
//!
//! Chunks are checked against their chaining values before the sink sees them; each blob's
//! SHA-256 follows on a second thread. At sync points the sink makes its bytes durable and keeps
//! a [`Checkpoint`], from which a later copy goes on. Memory is bounded by the chunks in flight
//! and the table of chaining values, whatever the size of the bundle.

mod chunks;
mod hash;
mod run;

pub use chunks::Chunks;
pub use run::copy;

use std::io;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::source::Place;

/// Where the bytes of a bundle go, at the offsets they have in it.
pub trait Sink {
    /// Takes bytes that have been checked. Offsets grow from call to call; what is left out
    /// between them is a hole.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything written so far durable, and the checkpoint after it.
    fn sync(&mut self, checkpoint: &Checkpoint) -> io::Result<()>;
}

/// Reads everything, keeps nothing: `atoll bundle verify`.
#[derive(Debug, Default)]
pub struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _offset: u64, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self, _checkpoint: &Checkpoint) -> io::Result<()> {
        Ok(())
    }
}

/// The state of a copy at a sync point. Kept by the sink in its own store and trusted on return:
/// it must not come from the medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Which bundle.
    pub bundle: Digest,
    /// Everything before this offset has been checked, or left out, and is durable.
    pub position: u64,
    /// The running hash of the blob that the position lies in; none between blobs.
    pub hashing: Option<String>,
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the bundle dealt with.
    pub done: u64,
    /// Bytes of the bundle.
    pub total: u64,
}

/// What the watcher of a copy wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Make durable what there is, and stop.
    Stop,
}

/// What a copy did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Bytes of blobs read and checked by this call.
    pub payload: u64,
    /// Where it began.
    pub resumed_at: u64,
}

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
