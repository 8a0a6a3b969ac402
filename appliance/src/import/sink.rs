//! A pack of the mirror as the place where a bundle's bytes go.

use std::collections::BTreeSet;
use std::io;

use atoll_bundle::{Checkpoint, Sink};
use atoll_mirror::store::PackWriter;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

/// What is kept with a pack's checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Saved {
    /// Where the copy goes on.
    pub(super) checkpoint: Checkpoint,
    /// The blobs that are left out: they must still be in the store when the pack is finished.
    pub(super) held: BTreeSet<u32>,
}

/// Used on a thread that may block.
pub(super) struct PackSink {
    pub(super) writer: PackWriter,
    pub(super) runtime: Handle,
    pub(super) held: BTreeSet<u32>,
}

impl PackSink {
    /// Leaves out everything up to a position.
    fn skip_to(&mut self, offset: u64) -> io::Result<()> {
        let Some(hole) = offset.checked_sub(self.writer.position()) else {
            return Err(io::Error::other("the pack is already past this offset"));
        };
        self.writer.skip(hole).map_err(io::Error::other)
    }
}

impl Sink for PackSink {
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.skip_to(offset)?;
        self.writer.write(bytes).map_err(io::Error::other)
    }

    fn sync(&mut self, checkpoint: &Checkpoint) -> io::Result<()> {
        self.skip_to(checkpoint.position)?;
        let saved = Saved { checkpoint: checkpoint.clone(), held: self.held.clone() };
        let progress = serde_json::to_vec(&saved).map_err(io::Error::other)?;
        let synced = self.runtime.block_on(self.writer.checkpoint(progress));
        synced.map(drop).map_err(io::Error::other)
    }
}
