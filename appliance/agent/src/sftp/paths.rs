//! Paths as clients write them.

use std::io;
use std::path::{Component, Path, PathBuf};

/// The absolute path of what a client names, relative to `directory`.
pub(super) fn absolute(directory: &Path, path: &str) -> PathBuf {
    // An empty path is the client's way to say where it is.
    if path.is_empty() { directory.to_owned() } else { directory.join(path) }
}

/// The path without links, dots and doubles. What does not exist yet is kept as it is written,
/// since clients ask before they create.
pub(super) fn real(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(without_dots(path)),
        other => other,
    }
}

fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(clean.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                clean.push(component);
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_does_not_exist_yet_loses_its_dots() {
        let path = absolute(Path::new("/nowhere/at/all"), "../new/./file");
        assert_eq!(real(&path).expect("needs no file"), Path::new("/nowhere/at/new/file"));
        assert_eq!(absolute(Path::new("/home"), ""), Path::new("/home"));
        assert_eq!(absolute(Path::new("/home"), "/etc"), Path::new("/etc"));
    }
}
