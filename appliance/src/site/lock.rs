//! One writer at a time: whoever serves or changes a site holds its lock.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::{FlockOperation, flock};

use super::{Layout, SiteError};

/// A process id has at most so many digits; more in the file is not ours.
const HOLDER_BYTES_MAX: u64 = 20;

/// The exclusive lock of a data directory. The kernel releases it with the process, however that
/// ends, so a stale lock cannot exist.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says which process has it.
    pub fn take(layout: &Layout) -> Result<Self, SiteError> {
        let path = layout.lock();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(SiteError::write(&path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                // Who holds it is only for the message.
                drop(file.take(HOLDER_BYTES_MAX).read_to_string(&mut holder));
                let path = layout.root().to_owned();
                return Err(SiteError::Locked { path, holder: holder.trim().to_owned() });
            }
            Err(errno) => return Err(SiteError::write(&path)(errno.into())),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(SiteError::write(&path))?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_told_who_has_it_and_a_dropped_lock_is_free() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let layout = Layout::new(dir.path());
        let held = Lock::take(&layout).expect("free");
        let refused = Lock::take(&layout).expect_err("held");
        assert!(
            refused.to_string().ends_with(&format!("process {}", std::process::id())),
            "{refused}"
        );
        drop(held);
        Lock::take(&layout).expect("free again");
    }
}
