//! A file's attributes, to and from the protocol.

use std::fs::{File, FileTimes, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use russh_sftp::protocol::FileAttributes;

/// The bits a client may set: those of `chmod`.
const MODE_BITS: u32 = 0o7777;

/// A file's attributes as a client sees them.
pub(super) fn of(metadata: &Metadata) -> FileAttributes {
    // Version 3 has 32 bits for a time.
    let seconds = |time: i64| u32::try_from(time).ok();
    FileAttributes {
        size: Some(metadata.len()),
        uid: Some(metadata.uid()),
        gid: Some(metadata.gid()),
        permissions: Some(metadata.mode()),
        atime: seconds(metadata.atime()),
        mtime: seconds(metadata.mtime()),
        ..FileAttributes::default()
    }
}

/// Sets what the client named on an open file.
pub(super) fn set_on_file(file: &File, attributes: &FileAttributes) -> io::Result<()> {
    if let Some(size) = attributes.size {
        file.set_len(size)?;
    }
    if let Some(mode) = attributes.permissions {
        file.set_permissions(Permissions::from_mode(mode & MODE_BITS))?;
    }
    if let (Some(uid), Some(gid)) = (attributes.uid, attributes.gid) {
        std::os::unix::fs::fchown(file, Some(uid), Some(gid))?;
    }
    match times(attributes) {
        Some(times) => file.set_times(times),
        None => Ok(()),
    }
}

/// Sets what the client named on a path; what a path can take without opening it is set so, since
/// the file may be closed to its owner.
pub(super) fn set_on_path(path: &Path, attributes: &FileAttributes) -> io::Result<()> {
    if let Some(size) = attributes.size {
        File::options().write(true).open(path)?.set_len(size)?;
    }
    if let (Some(uid), Some(gid)) = (attributes.uid, attributes.gid) {
        std::os::unix::fs::chown(path, Some(uid), Some(gid))?;
    }
    if let (Some(accessed), Some(modified)) = (attributes.atime, attributes.mtime) {
        let time = |seconds: u32| rustix::fs::Timespec { tv_sec: seconds.into(), tv_nsec: 0 };
        let times = rustix::fs::Timestamps {
            last_access: time(accessed),
            last_modification: time(modified),
        };
        rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::empty())?;
    }
    match attributes.permissions {
        Some(mode) => std::fs::set_permissions(path, Permissions::from_mode(mode & MODE_BITS)),
        None => Ok(()),
    }
}

/// The mode a new file or directory is made with.
pub(super) fn mode(attributes: &FileAttributes, default: u32) -> u32 {
    attributes.permissions.unwrap_or(default) & MODE_BITS
}

fn times(attributes: &FileAttributes) -> Option<FileTimes> {
    let time = |seconds: u32| -> SystemTime { UNIX_EPOCH + Duration::from_secs(seconds.into()) };
    Some(
        FileTimes::new()
            .set_accessed(time(attributes.atime?))
            .set_modified(time(attributes.mtime?)),
    )
}
