//! Puts this program into a directory that another container shares.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The file's name there: the pod's manifest starts it by this.
const NAME: &str = "atoll-agent";

/// Copies this program to `directory/atoll-agent`, whole or not at all.
pub(crate) fn install(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let unfinished = directory.join(format!(".{NAME}.{}", std::process::id()));
    fs::copy(program()?, &unfinished)?;
    fs::set_permissions(&unfinished, Permissions::from_mode(0o755))?;
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, directory.join(NAME))?;
    File::open(directory)?.sync_all()
}

/// Where this program lies; without `/proc`, what it was called by.
pub(crate) fn program() -> io::Result<PathBuf> {
    std::env::current_exe().or_else(|error| match std::env::args_os().next() {
        Some(name) if Path::new(&name).is_absolute() => Ok(name.into()),
        Some(_) | None => Err(error),
    })
}
