//! The Postgres programs on disk: unpacked once from the archive, compared with it at every boot.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use tar::EntryType;

/// A whole Postgres with contrib unpacks to 40 MB; ten times that is not one.
const UNPACKED_BYTES_MAX: u64 = 512 << 20;
/// Postgres with contrib and time zones has about 2,000 files.
const ENTRIES_MAX: usize = 20_000;
/// Enough of a hash to tell versions apart in a folder's name.
const NAME_HEX_CHARS: usize = 16;
const COPY_BYTES: usize = 64 << 10;

/// A `tar.zst` with `bin/`, `lib/` and `share/` at its root.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'a> {
    /// The compressed bytes.
    pub bytes: &'a [u8],
    /// Their SHA-256 in hexadecimal, from the build.
    pub sha256: &'a str,
}

/// A folder of Postgres programs of one version.
#[derive(Debug, Clone)]
pub struct Programs {
    dir: PathBuf,
    major: u32,
    version: String,
}

/// What it took to have the programs in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpacked {
    /// They were there and every byte was right.
    Found,
    /// They were not there.
    Fresh,
    /// They were there but differed from the archive, and were replaced.
    Replaced,
}

/// The programs cannot be put in place.
#[derive(Debug, thiserror::Error)]
pub enum ProgramsError {
    /// The archive is not the one the build made.
    #[error("the Postgres archive has hash `{found}`, not `{wanted}`")]
    ArchiveHash {
        /// What the build recorded.
        wanted: String,
        /// What the bytes have.
        found: String,
    },
    /// The archive cannot be read, or holds what it must not.
    #[error("cannot read `{entry}` of the Postgres archive")]
    ReadArchive {
        /// The entry, or `archive`.
        entry: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written or compared.
    #[error("cannot unpack to `{path}`")]
    Unpack {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The server program does not run or does not say its version.
    #[error("cannot run `{program} --version`")]
    Version {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Programs {
    /// Programs that are already in a folder; runs `postgres --version` to learn which.
    pub fn at(dir: &Path) -> Result<Self, ProgramsError> {
        let program = dir.join("bin/postgres");
        let failed = |source| ProgramsError::Version { program: program.clone(), source };
        let output =
            Command::new(&program).arg("--version").env_clear().output().map_err(failed)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (major, version) = parse_version(&text)
            .ok_or_else(|| failed(io::Error::other(format!("it said `{}`", text.trim()))))?;
        Ok(Self { dir: dir.to_owned(), major, version })
    }

    /// Puts the archive's programs under `parent/postgres-HASH` and checks every byte of them.
    ///
    /// Blocks for about a tenth of a second when they are there, a second when not.
    pub fn unpack(archive: Archive<'_>, parent: &Path) -> Result<(Self, Unpacked), ProgramsError> {
        let found = hex::encode(Sha256::digest(archive.bytes));
        if found != archive.sha256.trim() {
            let wanted = archive.sha256.trim().to_owned();
            return Err(ProgramsError::ArchiveHash { wanted, found });
        }
        let dir = parent.join(format!("postgres-{}", &found[..NAME_HEX_CHARS]));
        let outcome = match (dir.exists(), dir.exists() && matches(archive.bytes, &dir)?) {
            (true, true) => Unpacked::Found,
            (true, false) => Unpacked::Replaced,
            (false, _) => Unpacked::Fresh,
        };
        if outcome != Unpacked::Found {
            install(archive.bytes, &dir).map_err(Failure::into_programs_error)?;
        }
        Ok((Self::at(&dir)?, outcome))
    }

    /// The folder with `bin/`.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A program of the set, `pg_dump` for instance.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join("bin").join(name)
    }

    /// The major version, 18 for instance.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The version as the server says it, `18.6` for instance.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// `postgres (PostgreSQL) 18.6 (Debian …)` to (18, "18.6").
fn parse_version(text: &str) -> Option<(u32, String)> {
    let version = text.split_whitespace().nth(2)?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, version.to_owned()))
}

/// A failure while walking the archive: in the archive itself or on the disk.
enum Failure {
    Archive(String, io::Error),
    Disk(PathBuf, io::Error),
}

impl Failure {
    fn into_programs_error(self) -> ProgramsError {
        match self {
            Self::Archive(entry, source) => ProgramsError::ReadArchive { entry, source },
            Self::Disk(path, source) => ProgramsError::Unpack { path, source },
        }
    }
}

/// One thing in the archive.
enum Item<'a> {
    Folder,
    Link(PathBuf),
    File { executable: bool, content: &'a mut dyn Read },
}

/// Calls `visit` with each entry's relative path; refuses anything but plain things inside.
fn walk(
    bytes: &[u8],
    mut visit: impl FnMut(&Path, Item<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let whole = |error| Failure::Archive("archive".into(), error);
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(whole)?;
    let mut archive = tar::Archive::new(decoder.take(UNPACKED_BYTES_MAX));
    for (count, entry) in archive.entries().map_err(whole)?.enumerate() {
        let mut entry = entry.map_err(whole)?;
        let path = entry.path().map_err(whole)?.into_owned();
        let name = path.display().to_string();
        let refuse = |why: &str| Failure::Archive(name.clone(), io::Error::other(why.to_owned()));
        if count >= ENTRIES_MAX {
            return Err(refuse("too many entries"));
        }
        let path: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
        if path.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(refuse("the path leaves the archive"));
        }
        if path.as_os_str().is_empty() {
            continue;
        }
        let kind = entry.header().entry_type();
        if kind == EntryType::Directory {
            visit(&path, Item::Folder)?;
        } else if kind == EntryType::Symlink {
            let target = entry.link_name().map_err(whole)?.ok_or_else(|| refuse("empty link"))?;
            if target.is_absolute() {
                return Err(refuse("an absolute link"));
            }
            let target = target.into_owned();
            visit(&path, Item::Link(target))?;
        } else if kind == EntryType::Regular {
            let executable = entry.header().mode().map_err(whole)? & 0o100 != 0;
            visit(&path, Item::File { executable, content: &mut entry })?;
        } else {
            return Err(refuse("neither file, folder nor symbolic link"));
        }
    }
    Ok(())
}

/// Unpacks beside the final folder, syncs, and renames into place.
fn install(bytes: &[u8], dir: &Path) -> Result<(), Failure> {
    let disk = |path: &Path| {
        let path = path.to_owned();
        move |error| Failure::Disk(path.clone(), error)
    };
    let partial = dir.with_extension("partial");
    remove(&partial).map_err(disk(&partial))?;
    fs::create_dir_all(&partial).map_err(disk(&partial))?;
    walk(bytes, |path, item| {
        let target = partial.join(path);
        put(&target, item).map_err(disk(&target))
    })?;
    fs::set_permissions(&partial, PermissionsExt::from_mode(0o755)).map_err(disk(&partial))?;
    rustix::fs::syncfs(File::open(&partial).map_err(disk(&partial))?)
        .map_err(|error| Failure::Disk(partial.clone(), error.into()))?;
    let old = dir.with_extension("old");
    remove(&old).map_err(disk(&old))?;
    if dir.exists() {
        fs::rename(dir, &old).map_err(disk(&old))?;
    }
    fs::rename(&partial, dir).map_err(disk(dir))?;
    crate::files::sync_parent(dir).map_err(disk(dir))?;
    remove(&old).map_err(disk(&old))
}

fn put(target: &Path, item: Item<'_>) -> io::Result<()> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    match item {
        Item::Folder => fs::create_dir_all(target),
        Item::Link(link) => symlink(link, target),
        Item::File { executable, content } => {
            let mut file = File::create_new(target)?;
            io::copy(content, &mut file)?;
            let mode = if executable { 0o755 } else { 0o644 };
            file.set_permissions(PermissionsExt::from_mode(mode))
        }
    }
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether the folder holds exactly what the archive holds.
fn matches(bytes: &[u8], dir: &Path) -> Result<bool, ProgramsError> {
    let mut expected = BTreeSet::new();
    let mut same = true;
    walk(bytes, |path, item| {
        expected.insert(path.to_owned());
        expected.extend(path.ancestors().skip(1).map(Path::to_owned));
        same = same && same_item(&dir.join(path), item).unwrap_or(false);
        Ok(())
    })
    .map_err(Failure::into_programs_error)?;
    Ok(same && holds_only(dir, dir, &expected).unwrap_or(false))
}

fn same_item(path: &Path, item: Item<'_>) -> io::Result<bool> {
    let meta = fs::symlink_metadata(path)?;
    match item {
        Item::Folder => Ok(meta.is_dir()),
        Item::Link(target) => Ok(meta.is_symlink() && fs::read_link(path)? == target),
        Item::File { executable, content } => {
            let runs = meta.permissions().mode() & 0o100 != 0;
            Ok(meta.is_file() && runs == executable && same_bytes(File::open(path)?, content)?)
        }
    }
}

fn same_bytes(mut file: File, wanted: &mut dyn Read) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; COPY_BYTES], vec![0; COPY_BYTES]);
    loop {
        let count = wanted.read(&mut right)?;
        if count == 0 {
            return Ok(file.read(&mut left[..1])? == 0);
        }
        match file.read_exact(&mut left[..count]) {
            Ok(()) if left[..count] == right[..count] => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// Whether nothing lies in the folder that the archive does not hold.
fn holds_only(root: &Path, dir: &Path, expected: &BTreeSet<PathBuf>) -> io::Result<bool> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        let inside = path.strip_prefix(root).is_ok_and(|path| expected.contains(path));
        if !inside || (entry.file_type()?.is_dir() && !holds_only(root, &path, expected)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// A Postgres that only knows its version.
    fn archive(entries: &[(&str, &str)]) -> (Vec<u8>, String) {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, text) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o755);
            // `append_data` refuses `..`, which is what a hostile archive would not do.
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            tar.append(&header, text.as_bytes()).expect("writes to memory");
        }
        let bytes = zstd::encode_all(&tar.into_inner().expect("ends")[..], 1).expect("compresses");
        let hash = hex::encode(Sha256::digest(&bytes));
        (bytes, hash)
    }

    const SERVER: (&str, &str) =
        ("bin/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 18.6 (Debian 18.6-1)'\n");

    #[test]
    fn an_archive_is_unpacked_once_and_a_changed_file_is_put_right() {
        let dir = tempfile::tempdir().expect("a folder");
        let (bytes, hash) = archive(&[SERVER, ("share/note", "hello")]);
        let archive = Archive { bytes: &bytes, sha256: &hash };
        let (programs, outcome) = Programs::unpack(archive, dir.path()).expect("unpacks");
        assert_eq!((programs.major(), programs.version(), outcome), (18, "18.6", Unpacked::Fresh));
        let (_, outcome) = Programs::unpack(archive, dir.path()).expect("finds it");
        assert_eq!(outcome, Unpacked::Found);

        let note = programs.dir().join("share/note");
        File::create(&note).expect("opens").write_all(b"jello").expect("writes");
        let (_, outcome) = Programs::unpack(archive, dir.path()).expect("repairs");
        assert_eq!(outcome, Unpacked::Replaced);
        assert_eq!(fs::read_to_string(&note).expect("reads"), "hello");

        fs::write(programs.dir().join("lib.so"), b"planted").expect("writes");
        let (_, outcome) = Programs::unpack(archive, dir.path()).expect("repairs");
        assert_eq!(outcome, Unpacked::Replaced);
    }

    #[test]
    fn a_half_unpacked_folder_is_not_taken_for_a_whole_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let (bytes, hash) = archive(&[SERVER]);
        let partial = dir.path().join(format!("postgres-{}.partial", &hash[..16]));
        fs::create_dir_all(partial.join("bin")).expect("makes");
        let archive = Archive { bytes: &bytes, sha256: &hash };
        let (_, outcome) = Programs::unpack(archive, dir.path()).expect("unpacks");
        assert_eq!(outcome, Unpacked::Fresh);
        assert!(!partial.exists());
    }

    #[test]
    fn another_archive_than_the_builds_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let (bytes, _) = archive(&[SERVER]);
        let archive = Archive { bytes: &bytes, sha256: &"0".repeat(64) };
        let error = Programs::unpack(archive, dir.path()).expect_err("refuses");
        assert!(matches!(error, ProgramsError::ArchiveHash { .. }));
        assert_eq!(fs::read_dir(dir.path()).expect("reads").count(), 0);
    }

    #[test]
    fn a_path_out_of_the_folder_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let (bytes, hash) = archive(&[("../out", "x")]);
        let archive = Archive { bytes: &bytes, sha256: &hash };
        let inner = dir.path().join("programs");
        let error = Programs::unpack(archive, &inner).expect_err("refuses");
        assert!(matches!(error, ProgramsError::ReadArchive { .. }));
        assert!(!dir.path().join("out").exists());
    }
}
