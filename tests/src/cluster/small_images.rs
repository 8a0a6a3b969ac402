//! Images of one static program, for the cluster itself and for tests that only need a shell.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::files::PAUSE_IMAGE;
use super::image::{Image, Start};
use super::storage::HELPER_IMAGE;

/// Debian's `busybox-static`.
const BUSYBOX: &str = "/usr/bin/busybox";
/// The small programs that scripts in tests use; each is a link to busybox.
const APPLETS: [&str; 24] = [
    "cat", "chmod", "cp", "date", "dd", "df", "echo", "env", "grep", "head", "id", "kill", "ln",
    "ls", "mkdir", "mv", "nc", "ps", "rm", "sh", "sleep", "test", "touch", "wc",
];
/// Longer than any test, and a number that every `sleep` takes.
const FOREVER: &[&str] = &["/bin/busybox", "sleep", "2147483647"];

/// The image every pod's first container runs.
///
/// # Errors
/// When busybox is not installed or the directory not writable.
pub fn pause(directory: &Path) -> Result<Image> {
    busybox(PAUSE_IMAGE, directory)
}

/// The image the volume provisioner makes directories with.
///
/// # Errors
/// When busybox is not installed or the directory not writable.
pub fn helper(directory: &Path) -> Result<Image> {
    busybox(HELPER_IMAGE, directory)
}

/// A shell and the usual small programs, under any name; a container of it sleeps.
///
/// # Errors
/// When busybox is not installed or the directory not writable.
pub fn busybox(reference: &str, directory: &Path) -> Result<Image> {
    let start = Start { command: FOREVER, environment: &["PATH=/bin"], ..Start::default() };
    let layer = layer().with_context(|| format!("read {BUSYBOX}: run `make setup`"))?;
    Image::write(reference, &start, layer.as_slice(), directory)
}

fn layer() -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, mode) in [("bin/", 0o755), ("etc/", 0o755), ("tmp/", 0o1777), ("root/", 0o700)] {
        archive.append_data(&mut header(tar::EntryType::Directory, 0, mode), name, &[][..])?;
    }
    let busybox = fs::read(BUSYBOX)?;
    let mut entry = header(tar::EntryType::Regular, busybox.len() as u64, 0o755);
    archive.append_data(&mut entry, "bin/busybox", busybox.as_slice())?;
    let users = "root:x:0:0:root:/root:/bin/sh\ncoder:x:1000:1000::/tmp:/bin/sh\n";
    let mut entry = header(tar::EntryType::Regular, users.len() as u64, 0o644);
    archive.append_data(&mut entry, "etc/passwd", users.as_bytes())?;
    for applet in APPLETS {
        let mut entry = header(tar::EntryType::Symlink, 0, 0o777);
        archive.append_link(&mut entry, format!("bin/{applet}"), "busybox")?;
    }
    Ok(archive.into_inner()?)
}

fn header(kind: tar::EntryType, size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}
