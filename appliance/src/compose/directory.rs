//! Parts from files on disk: a folder as a tree of paths, or one file under its own name.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use atoll_bundle::digest::Hashing;
use atoll_bundle::limits::FILES_MAX;
use atoll_bundle::plan::{FileDraft, Item};

use crate::compose::Source;
use crate::error::{Outcome, Problem, codes};

/// How deep folders may lie in each other: deeper is a loop of mounts or a mistake.
const DEPTH_MAX: usize = 32;

/// The unit in which files are read for hashing.
const BUFFER: usize = 1 << 20;

/// Version control keeps its own files here; they are no part of a template.
const SKIPPED: &[&str] = &[".git"];

/// A file of a part with the place of its content.
pub(super) type Found = (FileDraft, Source);

/// Reads the part at a path: hashes every file.
pub(super) fn read(path: &Path) -> Outcome<Vec<Found>> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let mut found = Vec::new();
    if metadata.is_dir() {
        walk(path, "", 0, &mut found)?;
    } else {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        found.push(read_file(path, name.unwrap_or_default())?);
    }
    Ok(found)
}

fn unreadable(path: &Path, error: &(dyn std::error::Error + 'static)) -> Problem {
    let message = format!("cannot read `{}`", path.display());
    Problem::new(&codes::bundle::SOURCE_FILES, message).because(error)
}

fn refused(path: &Path, cause: impl Into<String>) -> Problem {
    let message = format!("`{}` cannot be part of a bundle", path.display());
    Problem::new(&codes::bundle::SOURCE_FILES, message).because_of(cause)
}

fn walk(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<Found>) -> Outcome<()> {
    if depth > DEPTH_MAX {
        return Err(refused(folder, format!("it lies more than {DEPTH_MAX} folders deep")));
    }
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            return Err(refused(&path, "its name is not UTF-8"));
        };
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        let inner = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
        if kind.is_dir() {
            walk(&path, &inner, depth + 1, found)?;
        } else if kind.is_file() {
            found.push(read_file(&path, inner)?);
        } else {
            return Err(refused(&path, "only folders and plain files can be carried, no links"));
        }
        if found.len() > FILES_MAX {
            return Err(refused(folder, format!("a part has at most {FILES_MAX} files")));
        }
    }
    Ok(())
}

fn read_file(path: &Path, inner: String) -> Outcome<Found> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
    let item = hash(&mut file).map_err(|error| unreadable(path, &error))?;
    let executable = metadata.permissions().mode() & 0o111 != 0;
    let source = Source::Slice { file: PathBuf::from(path), offset: 0, size: item.size };
    Ok((FileDraft { path: inner, item, executable }, source))
}

/// Hashes everything a reader gives.
pub(super) fn hash(reader: &mut dyn Read) -> io::Result<Item> {
    let (mut hashing, mut size) = (Hashing::new(), 0);
    let mut buffer = vec![0; BUFFER];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(Item { digest: hashing.finish(), size }),
            length => {
                hashing.update(&buffer[..length]);
                size += length as u64;
            }
        }
    }
}
