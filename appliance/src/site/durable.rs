//! Writing a file so that after a crash it is the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::SiteError;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Its owner only (0600).
    Secret,
    /// Everybody (0644).
    Public,
}

/// Replaces a file as a whole: temporary file beside it, sync, rename, sync the directory.
pub fn write(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), SiteError> {
    let bits = match mode {
        Mode::Secret => 0o600,
        Mode::Public => 0o644,
    };
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    // One that a crash left may have another mode: begin with none.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(SiteError::write(&temporary)(error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(bits)
        .open(&temporary)
        .map_err(SiteError::write(&temporary))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(SiteError::write(&temporary))?;
    fs::rename(&temporary, path).map_err(SiteError::write(path))?;
    File::open(directory).and_then(|dir| dir.sync_all()).map_err(SiteError::write(directory))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_is_never_readable_by_others_even_over_a_left_over() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let path = dir.path().join("key");
        fs::write(dir.path().join("key.new"), "left by a crash").expect("a left-over");
        write(&path, b"secret", Mode::Secret).expect("it is written");
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read(&path).expect("it is there"), b"secret");
        assert!(!dir.path().join("key.new").exists());
    }
}
