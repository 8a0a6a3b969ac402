//! A folder as `tar.zst`: regular files only, in order, without anything of this machine, so that
//! the same folder gives the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Outcome, Problem, codes};

/// More than the server takes; it only stops whoever names the wrong folder.
const FOLDER_BYTES_MAX: u64 = 32 << 20;
/// Likewise.
const FILES_MAX: usize = 4096;
/// zstd's own default: a template is small.
const LEVEL: i32 = 3;

/// Packs the folder.
pub(super) fn folder(root: &Path) -> Outcome<Vec<u8>> {
    let failed = |path: &Path, error: &(dyn std::error::Error + 'static)| {
        Problem::new(&codes::USAGE, format!("cannot pack `{}`", path.display()))
            .because(error)
            .remedy(
                "name the folder that holds `template.toml`, and see that its files can be read",
            )
    };
    let mut files = Vec::new();
    collect(root, &mut files).map_err(|(path, error)| failed(&path, &error))?;
    files.sort();
    let mut archive = tar::Builder::new(Vec::new());
    archive.mode(tar::HeaderMode::Deterministic);
    let mut total = 0;
    for path in files {
        let bytes = fs::read(&path).map_err(|error| failed(&path, &error))?;
        total += bytes.len() as u64;
        if total > FOLDER_BYTES_MAX {
            return Err(failed(
                root,
                &std::io::Error::other(format!("it holds more than {FOLDER_BYTES_MAX} bytes")),
            ));
        }
        let name = path.strip_prefix(root).unwrap_or(&path);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive
            .append_data(&mut header, name, bytes.as_slice())
            .map_err(|error| failed(&path, &error))?;
    }
    let bytes = archive.into_inner().map_err(|error| failed(root, &error))?;
    zstd::encode_all(bytes.as_slice(), LEVEL).map_err(|error| failed(root, &error))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), (PathBuf, std::io::Error)> {
    let wrap = |error| (folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(wrap)? {
        let entry = entry.map_err(wrap)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(wrap)?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if kind.is_dir() {
            collect(&path, files)?;
        } else if kind.is_file() {
            files.push(path);
        } else {
            return Err((path, std::io::Error::other("it is neither a file nor a folder")));
        }
        if files.len() > FILES_MAX {
            return Err(wrap(std::io::Error::other(format!(
                "it holds more than {FILES_MAX} files"
            ))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_folder_gives_the_same_bytes_and_a_link_is_refused() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        fs::create_dir(dir.path().join("manifests")).expect("a folder");
        fs::write(dir.path().join("manifests/pod.yaml"), "kind: Pod").expect("a file");
        fs::write(dir.path().join("template.toml"), "driver = \"echo\"").expect("a file");
        fs::write(dir.path().join(".git"), "not for the server").expect("a file");
        let packed = folder(dir.path()).expect("packed");
        assert_eq!(packed, folder(dir.path()).expect("packed again"));
        let bytes = zstd::decode_all(packed.as_slice()).expect("zstd");
        let mut archive = tar::Archive::new(bytes.as_slice());
        let names: Vec<String> = archive
            .entries()
            .expect("a tar")
            .map(|entry| entry.expect("an entry").path().expect("a path").display().to_string())
            .collect();
        assert_eq!(names, ["manifests/pod.yaml", "template.toml"]);

        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link")).expect("a link");
        assert!(folder(dir.path()).is_err());
    }
}
