//! Writing a bundle: one sequential pass over all content, then the front.
//!
//! Sizes and digests are known from the plan, so everything has its place before the first byte
//! is read, and content streams from where it comes straight to where it belongs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use atoll_signing::Seal;

use crate::container::Container;
use crate::copy::{Flow, Progress};
use crate::digest::{self, Digest, Hashing};
use crate::index::{Blob, Index};
use crate::limits::CHUNK;
use crate::plan::Plan;
use crate::staged::Staged;

/// Where the content of blobs comes from. Blobs are asked for once each, in file order.
pub trait Contents {
    /// Opens a blob.
    fn open(&mut self, digest: &Digest) -> io::Result<Box<dyn Read + '_>>;
}

/// Content that is in memory.
impl Contents for BTreeMap<Digest, Vec<u8>> {
    fn open(&mut self, digest: &Digest) -> io::Result<Box<dyn Read + '_>> {
        let bytes = self.get(digest).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(bytes.as_slice()))
    }
}

/// Why a bundle was not written. Nothing is left under its name.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file cannot be made.
    #[error("cannot create the bundle")]
    Create {
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A source failed.
    #[error("cannot read the blob `{digest}`")]
    Read {
        /// The blob.
        digest: Digest,
        /// What the source says.
        #[source]
        source: io::Error,
    },
    /// A source gave something else than it promised.
    #[error(
        "the blob `{digest}` should have {wanted} bytes and hash to its name, its source gave {found} bytes that hash to `{hash}`"
    )]
    Content {
        /// The blob.
        digest: Digest,
        /// Its size.
        wanted: u64,
        /// The size of what came.
        found: u64,
        /// The hash of what came.
        hash: Digest,
    },
    /// The disk refused.
    #[error("cannot write the bundle at offset {offset}")]
    Write {
        /// Where.
        offset: u64,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file could not be made durable or given its name.
    #[error("cannot finish the bundle")]
    Finish {
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The watcher asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Writes the bundle of a plan to `destination`, and returns its index.
///
/// `sign` is given the exact bytes of the index. The same plan, content and seal give the same
/// file.
pub fn write(
    plan: Plan,
    contents: &mut dyn Contents,
    sign: &dyn Fn(&[u8]) -> Seal,
    destination: &Path,
    watch: &mut dyn FnMut(Progress) -> Flow,
) -> Result<Index, WriteError> {
    let staged = Staged::create(destination).map_err(|source| WriteError::Create { source })?;
    match fill(plan, contents, sign, staged.file(), watch) {
        Ok(index) => {
            staged.commit().map_err(|source| WriteError::Finish { source })?;
            Ok(index)
        }
        Err(error) => {
            staged.discard();
            Err(error)
        }
    }
}

fn fill(
    plan: Plan,
    contents: &mut dyn Contents,
    sign: &dyn Fn(&[u8]) -> Seal,
    file: &File,
    watch: &mut dyn FnMut(Progress) -> Flow,
) -> Result<Index, WriteError> {
    // The digest of the chunk table has a fixed length, so the layout holds before it is known.
    let draft = Container::new(plan.index(), &plan.index().to_bytes());
    let total = draft.length();
    let base = draft.payload_base();
    let mut table = Vec::new();
    let mut buffer = vec![0; CHUNK];
    for blob in plan.index().blobs.iter().skip(1) {
        let mut target = Target { file, start: base + blob.offset, total, table: &mut table };
        let mut reader = contents
            .open(&blob.digest)
            .map_err(|source| WriteError::Read { digest: blob.digest, source })?;
        stream(blob, &mut *reader, &mut target, &mut buffer, watch)?;
    }
    let index = plan.finish(Digest::of(&table));
    let index_bytes = index.to_bytes();
    let mut container = Container::new(&index, &index_bytes);
    container.set_seal(&sign(&index_bytes).to_bytes());
    write_at(file, base, &table)?;
    write_at(file, 0, container.front())?;
    let mut previous = None;
    for blob in &index.blobs {
        let fixed = container.before(previous, blob);
        write_at(file, fixed.offset, &fixed.bytes)?;
        previous = Some(blob);
    }
    let fixed = container.after();
    write_at(file, fixed.offset, &fixed.bytes)?;
    Ok(index)
}

/// Where one blob goes.
struct Target<'a> {
    file: &'a File,
    start: u64,
    total: u64,
    table: &'a mut Vec<u8>,
}

fn stream(
    blob: &Blob,
    reader: &mut dyn Read,
    target: &mut Target<'_>,
    buffer: &mut [u8],
    watch: &mut dyn FnMut(Progress) -> Flow,
) -> Result<(), WriteError> {
    let mut hashing = Hashing::new();
    let mut found = 0;
    for number in 0.. {
        let length = fill_buffer(reader, buffer)
            .map_err(|source| WriteError::Read { digest: blob.digest, source })?;
        let chunk = &buffer[..length];
        if length == 0 || found + length as u64 > blob.size {
            hashing.update(chunk);
            found += length as u64;
            break;
        }
        hashing.update(chunk);
        target.table.extend(digest::chaining_value(number, chunk));
        write_at(target.file, target.start + found, chunk)?;
        found += length as u64;
        let progress = Progress { done: target.start + found, total: target.total };
        if watch(progress) == Flow::Stop {
            return Err(WriteError::Stopped);
        }
    }
    let hash = hashing.finish();
    if found != blob.size || hash != blob.digest {
        let (digest, wanted) = (blob.digest, blob.size);
        return Err(WriteError::Content { digest, wanted, found, hash });
    }
    Ok(())
}

/// Reads until the buffer is full or the source ends.
fn fill_buffer(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn write_at(file: &File, offset: u64, bytes: &[u8]) -> Result<(), WriteError> {
    file.write_all_at(bytes, offset).map_err(|source| WriteError::Write { offset, source })
}
