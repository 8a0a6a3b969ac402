//! The files of a template, held in memory: read from a tar archive and never unpacked to a disk.
//!
//! The archive comes from whoever may push templates, so every size is bounded before it is
//! believed, and nothing but plain files with plain paths is taken.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Component;

use bytes::Bytes;

use crate::error::{Problem, codes};

/// Files in one template. The largest starter template of the platforms we know has about 40.
const FILES_MAX: usize = 256;
/// One file: a README with an embedded picture fits, a binary does not belong here.
const FILE_BYTES_MAX: usize = 1 << 20;
/// All files together; held in memory for the length of a build.
const TOTAL_BYTES_MAX: usize = 4 << 20;
/// A path: what the oldest tar header can carry is ample for a folder of manifests.
const PATH_BYTES_MAX: usize = 256;
/// The archive itself: contents plus a header and padding for each file, as long names need more.
pub const ARCHIVE_BYTES_MAX: usize = TOTAL_BYTES_MAX + FILES_MAX * 4096;

/// An archive that is not a template's.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The archive is larger than any template.
    #[error("the archive has {size} bytes, more than {ARCHIVE_BYTES_MAX}")]
    ArchiveSize {
        /// Its size in bytes.
        size: usize,
    },
    /// It is no tar archive, or it ends early.
    #[error("cannot read the archive")]
    ReadArchive(#[source] std::io::Error),
    /// A path that is absolute, leads upwards, or is not plain text.
    #[error("the archive has the path `{path}`, which is not a plain relative path")]
    Path {
        /// The path, as far as it can be shown.
        path: String,
    },
    /// A link, a device or something else that is no file.
    #[error("`{path}` is neither a file nor a folder")]
    EntryKind {
        /// Its path.
        path: String,
    },
    /// The same path twice.
    #[error("`{path}` is in the archive twice")]
    Twice {
        /// The path.
        path: String,
    },
    /// One file is too large.
    #[error("`{path}` has {size} bytes, more than {FILE_BYTES_MAX}")]
    FileSize {
        /// Its path.
        path: String,
        /// Its size in bytes.
        size: u64,
    },
    /// The files are too large together.
    #[error("the files have more than {TOTAL_BYTES_MAX} bytes together")]
    TotalSize,
    /// There are too many files.
    #[error("there are more than {FILES_MAX} files")]
    Count,
    /// There is no file.
    #[error("the archive holds no file")]
    Empty,
}

impl FilesError {
    /// What to tell whoever pushed the archive.
    pub fn problem(&self) -> Problem {
        Problem::new(&codes::template::TEMPLATE_FILES, "the archive was refused").because(self)
    }
}

/// The files of a template by path, within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFiles {
    files: BTreeMap<String, Bytes>,
}

impl TemplateFiles {
    /// Reads an uncompressed tar archive.
    ///
    /// # Errors
    /// See [`FilesError`]: nothing is taken from an archive that breaks any rule.
    pub fn from_tar(archive: &[u8]) -> Result<Self, FilesError> {
        if archive.len() > ARCHIVE_BYTES_MAX {
            return Err(FilesError::ArchiveSize { size: archive.len() });
        }
        let mut files = Collected::default();
        let mut archive = tar::Archive::new(archive);
        for entry in archive.entries().map_err(FilesError::ReadArchive)? {
            let mut entry = entry.map_err(FilesError::ReadArchive)?;
            let raw = entry.path_bytes().into_owned();
            let kind = entry.header().entry_type();
            if kind.is_dir() || kind.is_pax_global_extensions() {
                continue;
            }
            let path = plain_path(&raw)?;
            if !kind.is_file() {
                return Err(FilesError::EntryKind { path });
            }
            files.room_for(&path, entry.size())?;
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(FilesError::ReadArchive)?;
            files.add(path, content)?;
        }
        files.finish()
    }

    /// Takes files that are in memory already, under the same rules.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub fn from_files(
        given: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<Self, FilesError> {
        let mut files = Collected::default();
        for (path, content) in given {
            let path = plain_path(path.as_bytes())?;
            files.room_for(&path, content.len() as u64)?;
            files.add(path, content)?;
        }
        files.finish()
    }

    /// The content of one file.
    pub fn get(&self, path: &str) -> Option<&Bytes> {
        self.files.get(path)
    }

    /// Every path and content, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.files.iter().map(|(path, content)| (path.as_str(), content))
    }
}

/// Files taken so far and their size together.
#[derive(Default)]
struct Collected {
    files: BTreeMap<String, Bytes>,
    bytes: u64,
}

impl Collected {
    /// Checks a file's size before its content is read.
    fn room_for(&mut self, path: &str, size: u64) -> Result<(), FilesError> {
        if self.files.len() == FILES_MAX {
            return Err(FilesError::Count);
        }
        if size > FILE_BYTES_MAX as u64 {
            return Err(FilesError::FileSize { path: path.into(), size });
        }
        self.bytes += size;
        if self.bytes > TOTAL_BYTES_MAX as u64 {
            return Err(FilesError::TotalSize);
        }
        Ok(())
    }

    fn add(&mut self, path: String, content: Vec<u8>) -> Result<(), FilesError> {
        match self.files.insert(path.clone(), content.into()) {
            None => Ok(()),
            Some(_) => Err(FilesError::Twice { path }),
        }
    }

    fn finish(self) -> Result<TemplateFiles, FilesError> {
        if self.files.is_empty() {
            return Err(FilesError::Empty);
        }
        Ok(TemplateFiles { files: self.files })
    }
}

/// A relative path of ordinary components; a leading `./` is dropped, as `tar -C DIR .` writes it.
fn plain_path(raw: &[u8]) -> Result<String, FilesError> {
    let refuse =
        || FilesError::Path { path: String::from_utf8_lossy(raw).escape_debug().to_string() };
    let text = std::str::from_utf8(raw).map_err(|_| refuse())?;
    if text.len() > PATH_BYTES_MAX || text.chars().any(char::is_control) || text.contains('\\') {
        return Err(refuse());
    }
    let mut parts = Vec::new();
    for component in std::path::Path::new(text).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(refuse)?),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => {
                return Err(refuse());
            }
        }
    }
    if parts.is_empty() { Err(refuse()) } else { Ok(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &[u8], size: u64, kind: tar::EntryType) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().expect("gnu").name[..name.len()].copy_from_slice(name);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_entry_type(kind);
        header.set_cksum();
        header
    }

    fn archive(entries: &[(&[u8], &[u8], tar::EntryType)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content, kind) in entries {
            let size = content.len() as u64;
            builder.append(&header(name, size, *kind), *content).expect("in memory");
        }
        builder.into_inner().expect("in memory")
    }

    const FILE: tar::EntryType = tar::EntryType::Regular;

    #[test]
    fn a_folder_as_tar_writes_it_is_taken() {
        let tar = archive(&[
            (b"./", b"", tar::EntryType::Directory),
            (b"./template.toml", b"x", FILE),
            (b"./manifests/pod.yaml", b"y", FILE),
        ]);
        let files = TemplateFiles::from_tar(&tar).expect("plain");
        let paths: Vec<_> = files.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["manifests/pod.yaml", "template.toml"]);
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in [b"/etc/passwd".as_slice(), b"../up", b"a/../../b", b"a\nb", b"a\\b", b"\xff"] {
            let tar = archive(&[(path, b"x", FILE)]);
            assert!(
                matches!(TemplateFiles::from_tar(&tar), Err(FilesError::Path { .. })),
                "{path:?}"
            );
        }
    }

    #[test]
    fn links_and_devices_are_refused() {
        for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Char] {
            let tar = archive(&[(b"a", b"", kind)]);
            assert!(matches!(TemplateFiles::from_tar(&tar), Err(FilesError::EntryKind { .. })));
        }
    }

    #[test]
    fn a_file_one_byte_past_its_bound_is_refused() {
        let large = vec![0; FILE_BYTES_MAX + 1];
        let tar = archive(&[(b"a", &large, FILE)]);
        assert!(matches!(TemplateFiles::from_tar(&tar), Err(FilesError::FileSize { .. })));
    }

    #[test]
    fn files_past_their_bound_together_are_refused() {
        let one = vec![0; FILE_BYTES_MAX];
        let given = (0..5).map(|n| (format!("{n}"), one.clone()));
        assert!(matches!(TemplateFiles::from_files(given), Err(FilesError::TotalSize)));
    }

    #[test]
    fn one_file_too_many_is_refused() {
        let given = (0..=FILES_MAX).map(|n| (format!("{n}"), vec![]));
        assert!(matches!(TemplateFiles::from_files(given), Err(FilesError::Count)));
    }

    #[test]
    fn twice_the_same_path_an_empty_archive_and_a_cut_one_are_refused() {
        let tar = archive(&[(b"a", b"x", FILE), (b"./a", b"y", FILE)]);
        assert!(matches!(TemplateFiles::from_tar(&tar), Err(FilesError::Twice { .. })));
        assert!(matches!(TemplateFiles::from_tar(&archive(&[])), Err(FilesError::Empty)));
        let whole = archive(&[(b"a", &[7; 2000], FILE)]);
        assert!(matches!(TemplateFiles::from_tar(&whole[..1024]), Err(FilesError::ReadArchive(_))));
    }
}
