//! One copy from start, or from a checkpoint, to end.

use std::io;
use std::sync::Arc;

use super::hash::HashThread;
use super::{Checkpoint, Chunks, Copied, CopyError, Flow, Progress, Sink};
use crate::container::Fixed;
use crate::digest::{Digest, Hashing};
use crate::front::{Front, Verified, first_difference};
use crate::index::Blob;
use crate::limits::{CHUNK, SYNC_INTERVAL};
use crate::source::{Place, Source};

/// Copies a bundle from its source to the sink, leaving out the blobs `leave_out` says yes to
/// (by their number in the blob table; never blob 0).
///
/// With a checkpoint, goes on where that was made; `leave_out` must then answer as it did. The
/// watcher is called after every chunk.
pub fn copy(
    (bundle, source): (&Verified, &dyn Source),
    sink: &mut dyn Sink,
    resume: Option<&Checkpoint>,
    leave_out: &dyn Fn(usize) -> bool,
    watch: &mut dyn FnMut(Progress) -> Flow,
) -> Result<Copied, CopyError> {
    let front = bundle.front();
    let (start, hashing) = resume_point(front, resume)?;
    let chunks = Arc::new(Chunks::load(front, source)?);
    std::thread::scope(|scope| {
        let hash = HashThread::start(scope, hashing);
        let id = front.id();
        let copied = Copied { payload: 0, resumed_at: start };
        let (position, synced) = (start, start);
        let mut run =
            Run { front, id, source, chunks, sink, watch, hash, start, position, synced, copied };
        run.all(leave_out)?;
        Ok(run.copied)
    })
}

/// Checks that the checkpoint is one a copy of this bundle makes.
fn resume_point(front: &Front, resume: Option<&Checkpoint>) -> Result<(u64, Hashing), CopyError> {
    let Some(checkpoint) = resume else {
        return Ok((0, Hashing::new()));
    };
    let position = checkpoint.position;
    if checkpoint.bundle != front.id() || position > front.length() {
        return Err(CopyError::Checkpoint);
    }
    let Some(state) = &checkpoint.hashing else {
        return Ok((position, Hashing::new()));
    };
    let base = front.container().payload_base();
    let inside = front.index().blobs.iter().any(|blob| {
        let start = base + blob.offset;
        position > start
            && position < start + blob.size
            && (position - start).is_multiple_of(CHUNK as u64)
    });
    let hashing = Hashing::restore(state).filter(|_| inside).ok_or(CopyError::Checkpoint)?;
    Ok((position, hashing))
}

/// Whether a running hash belongs to the position.
#[derive(Clone, Copy)]
enum Position {
    InsideBlob,
    BetweenBlobs,
}

struct Run<'a> {
    front: &'a Front,
    id: Digest,
    source: &'a dyn Source,
    chunks: Arc<Chunks>,
    sink: &'a mut dyn Sink,
    watch: &'a mut dyn FnMut(Progress) -> Flow,
    hash: HashThread,
    start: u64,
    position: u64,
    synced: u64,
    copied: Copied,
}

impl Run<'_> {
    fn all(&mut self, leave_out: &dyn Fn(usize) -> bool) -> Result<(), CopyError> {
        let front = self.front;
        let container = front.container();
        // The front was compared when it was read.
        self.write_known(0, container.front())?;
        let mut previous = None;
        for (number, blob) in front.index().blobs.iter().enumerate() {
            self.fixed(&container.before(previous, blob))?;
            previous = Some(blob);
            let start = container.payload_base() + blob.offset;
            let end = start + blob.size;
            if end <= self.start {
                continue;
            }
            // A blob begun by the copy before is finished, whatever has become of it elsewhere.
            if number == 0 {
                let chunks = Arc::clone(&self.chunks);
                self.write_known(start, chunks.bytes())?;
            } else if start >= self.start && leave_out(number) {
                self.position = end;
            } else {
                self.blob(number, blob)?;
            }
            self.pause(Position::BetweenBlobs)?;
        }
        self.fixed(&container.after())?;
        self.sync(Position::BetweenBlobs)
    }

    /// Writes bytes that are known without reading.
    fn write_known(&mut self, offset: u64, bytes: &[u8]) -> Result<(), CopyError> {
        let end = offset + bytes.len() as u64;
        if end <= self.start {
            return Ok(());
        }
        self.sink.write(offset, bytes).map_err(|source| CopyError::Write { offset, source })?;
        self.position = end;
        Ok(())
    }

    /// Compares what stands between the blobs with what has to stand there.
    fn fixed(&mut self, fixed: &Fixed) -> Result<(), CopyError> {
        let Fixed { offset, bytes } = fixed;
        if offset + bytes.len() as u64 <= self.start {
            return Ok(());
        }
        let mut found = vec![0; bytes.len()];
        self.read(&mut found, *offset)?;
        if let Some(difference) = first_difference(&found, bytes) {
            return Err(CopyError::Altered { place: Place::at(offset + difference) });
        }
        self.write_known(*offset, bytes)
    }

    fn read(&self, buffer: &mut [u8], offset: u64) -> Result<(), CopyError> {
        let place = Place::at(offset);
        self.source.read_at(buffer, offset).map_err(|source| CopyError::Read { place, source })
    }

    fn blob(&mut self, number: usize, blob: &Blob) -> Result<(), CopyError> {
        let start = self.front.container().payload_base() + blob.offset;
        let end = start + blob.size;
        let mut offset = start.max(self.start);
        while offset < end {
            let length = usize::try_from(end - offset).map_or(CHUNK, |left| left.min(CHUNK));
            let mut buffer = self.hash.buffer();
            let place = Place::at(offset);
            self.read(&mut buffer[..length], offset)?;
            if !self.chunks.matches(number, (offset - start) / CHUNK as u64, &buffer[..length]) {
                return Err(CopyError::Chunk { place, blob: blob.digest });
            }
            self.sink
                .write(offset, &buffer[..length])
                .map_err(|source| CopyError::Write { offset, source })?;
            self.hash.update(buffer, length);
            offset += length as u64;
            self.position = offset;
            self.copied.payload += length as u64;
            if offset < end {
                self.pause(Position::InsideBlob)?;
            }
        }
        let found = self.hash.finish();
        if found != blob.digest {
            let place = Place::at(start);
            return Err(CopyError::Blob { place, blob: blob.digest, found });
        }
        Ok(())
    }

    /// Tells the watcher, and syncs when it is time or when the watcher has had enough.
    fn pause(&mut self, at: Position) -> Result<(), CopyError> {
        let progress = Progress { done: self.position, total: self.front.length() };
        let flow = (self.watch)(progress);
        let due = self.position - self.synced >= SYNC_INTERVAL;
        if due || flow == Flow::Stop {
            self.sync(at)?;
        }
        match flow {
            Flow::Continue => Ok(()),
            Flow::Stop => Err(CopyError::Stopped { offset: self.position }),
        }
    }

    fn sync(&mut self, at: Position) -> Result<(), CopyError> {
        let offset = self.position;
        let hashing = match at {
            Position::InsideBlob => Some(self.hash.save()),
            Position::BetweenBlobs => None,
        };
        let checkpoint = Checkpoint { bundle: self.id, position: offset, hashing };
        self.sink
            .sync(&checkpoint)
            .map_err(|source: io::Error| CopyError::Sync { offset, source })?;
        self.synced = offset;
        Ok(())
    }
}
