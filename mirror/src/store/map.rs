//! A file of the store mapped into memory, and the question whether reading it would wait.
//!
//! Only files this store wrote, synced and never changes again are mapped. Attached media never
//! come here: what another may truncate must be read, not mapped.

use std::fs::File;
use std::io::IoSliceMut;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use memmap2::Mmap;
use rustix::io::ReadWriteFlags;

/// How far apart the pages lie that are asked for: within the kernel's smallest usual read-ahead
/// (128 KiB), so that a page between two that are in memory is very likely there too.
const PROBE_EVERY_BYTES: u64 = 64 * 1024;

/// An open file of the store.
#[derive(Debug)]
pub(super) struct StoredFile {
    file: File,
    size_bytes: u64,
    /// `None` for an empty file, which cannot be mapped.
    map: Option<Mmap>,
}

impl StoredFile {
    /// Takes over a file that nobody will change or truncate any more.
    pub(super) fn new(file: File) -> std::io::Result<Self> {
        let size_bytes = file.metadata()?.len();
        let map = if size_bytes == 0 { None } else { Some(map(&file)?) };
        Ok(Self { file, size_bytes, map })
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// A view of the range without copying; `None` if the file is shorter.
    pub(super) fn slice(self: &Arc<Self>, range: &Range<u64>) -> Option<Bytes> {
        let start = usize::try_from(range.start).ok()?;
        let end = usize::try_from(range.end).ok()?;
        self.map.as_ref()?.get(start..end)?;
        Some(Bytes::from_owner(Slice { file: Arc::clone(self), start, end }))
    }

    /// Whether the range is in memory, so that touching it does not stop the thread. A wrong yes
    /// costs one wait for the disk, never a wrong byte.
    pub(super) fn is_warm(&self, range: &Range<u64>) -> bool {
        let Some(last) = range.end.checked_sub(1) else { return true };
        let mut position = range.start;
        while position < last {
            if !self.has_byte_in_memory(position) {
                return false;
            }
            position += PROBE_EVERY_BYTES;
        }
        self.has_byte_in_memory(last)
    }

    fn has_byte_in_memory(&self, position: u64) -> bool {
        let mut byte = [0_u8; 1];
        let mut buffers = [IoSliceMut::new(&mut byte)];
        rustix::io::preadv2(&self.file, &mut buffers, position, ReadWriteFlags::NOWAIT)
            .is_ok_and(|read| read == 1)
    }

    /// Reads the range from the disk; for threads that may wait.
    pub(super) fn read(&self, range: &Range<u64>) -> std::io::Result<Bytes> {
        let length = usize::try_from(range.end.saturating_sub(range.start))
            .map_err(std::io::Error::other)?;
        let mut buffer = vec![0; length];
        self.file.read_exact_at(&mut buffer, range.start)?;
        Ok(buffer.into())
    }
}

#[expect(
    unsafe_code,
    reason = "the one place that maps a file; see the module's comment for why it holds"
)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the file is complete and synced, lies in a directory of mode 0700 that only this
    // process's user can enter, and no code of this crate writes to or truncates a file after it
    // was committed. Removal keeps the pages of an open mapping.
    unsafe { Mmap::map(file) }
}

struct Slice {
    file: Arc<StoredFile>,
    start: usize,
    end: usize,
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        // The range was checked when the slice was made, and a mapping does not change its size.
        self.file.map.as_ref().and_then(|map| map.get(self.start..self.end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn stored(content: &[u8]) -> Arc<StoredFile> {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(content).expect("writing works");
        Arc::new(StoredFile::new(file).expect("mapping works"))
    }

    #[test]
    fn a_slice_is_the_range_and_outlives_the_handle() {
        let file = stored(b"0123456789");
        let slice = file.slice(&(2..5)).expect("within the file");
        assert!(file.slice(&(2..11)).is_none());
        assert!(file.is_warm(&(0..10)));
        drop(file);
        assert_eq!(&slice[..], b"234");
    }

    #[test]
    fn reading_equals_mapping_and_the_empty_file_has_nothing() {
        let file = stored(&vec![7; 300_000]);
        let range = 1..299_999;
        assert_eq!(file.read(&range).expect("reads"), file.slice(&range).expect("maps"));
        assert!(stored(b"").slice(&(0..0)).is_none());
    }
}
