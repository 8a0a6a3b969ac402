//! Where a copy goes, and what is said about it on the way.

use std::io;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

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
