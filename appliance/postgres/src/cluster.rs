//! The data directory: whose it is, which version made it, and how a new one is made.
//!
//! A new cluster grows in `DIR.partial` and is renamed into place when `initdb` and our own files
//! are done: a data directory is whole or not there, whatever killed us half-way.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Account, Programs, embedded, files, log, settings};

/// The file that says a data directory is ours.
const MARKER: &str = "atoll.json";
const MARKER_FORMAT: u32 = 1;

/// What a data directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing: there is no such folder, or it is empty.
    Absent,
    /// A whole cluster of ours.
    Ours {
        /// The major version that made it.
        major: u32,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
    major: u32,
}

/// A data directory cannot be used or made. Nothing in it was touched.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// It holds something Atoll did not make.
    #[error("`{path}` holds files that are not a database of Atoll's")]
    Foreign {
        /// The data directory.
        path: PathBuf,
    },
    /// A newer Postgres made it.
    #[error("`{path}` was made by Postgres {found}; this program brings {ours}")]
    Newer {
        /// The data directory.
        path: PathBuf,
        /// The version that made it.
        found: u32,
        /// The version at hand.
        ours: u32,
    },
    /// An older Postgres made it: it wants an upgrade first.
    #[error("`{path}` was made by Postgres {found}; this program brings {ours}")]
    Older {
        /// The data directory.
        path: PathBuf,
        /// The version that made it.
        found: u32,
        /// The version at hand.
        ours: u32,
    },
    /// It belongs to another user than the server runs as.
    #[error("`{path}` belongs to user id {found}, the server runs as `{wanted}`")]
    Owner {
        /// The data directory.
        path: PathBuf,
        /// Its owner.
        found: u32,
        /// The account the server runs as.
        wanted: String,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot use `{path}`")]
    Access {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("cannot make a database in `{path}`: {output}")]
    Initdb {
        /// The data directory.
        path: PathBuf,
        /// The end of what it said.
        output: String,
    },
}

fn access(path: &Path) -> impl FnOnce(io::Error) -> ClusterError + use<> {
    let path = path.to_owned();
    move |source| ClusterError::Access { path, source }
}

/// Says what a data directory holds; an error where this program must not use it.
pub fn inspect(dir: &Path, ours: u32, account: &Account) -> Result<State, ClusterError> {
    let meta = match fs::metadata(dir) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Absent),
        Err(error) => return Err(access(dir)(error)),
    };
    let path = dir.to_owned();
    if !meta.is_dir() {
        return Err(ClusterError::Foreign { path });
    }
    if fs::read_dir(dir).map_err(access(dir))?.next().is_none() {
        return Ok(State::Absent);
    }
    let Some(found) = marked_major(dir)? else {
        return Err(ClusterError::Foreign { path });
    };
    if meta.uid() != account.uid {
        return Err(ClusterError::Owner { path, found: meta.uid(), wanted: account.name.clone() });
    }
    match found.cmp(&ours) {
        std::cmp::Ordering::Greater => Err(ClusterError::Newer { path, found, ours }),
        std::cmp::Ordering::Less => Err(ClusterError::Older { path, found, ours }),
        std::cmp::Ordering::Equal => Ok(State::Ours { major: found }),
    }
}

/// The version of a cluster that bears our marker; Postgres's own word wins over the marker's.
fn marked_major(dir: &Path) -> Result<Option<u32>, ClusterError> {
    let read = |name: &str| match fs::read_to_string(dir.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(access(&dir.join(name))(error)),
    };
    let marker = read(MARKER)?.and_then(|text| serde_json::from_str::<Marker>(&text).ok());
    let version = read("PG_VERSION")?.and_then(|text| text.trim().parse().ok());
    let Some(Marker { format: MARKER_FORMAT, major: _ }) = marker else { return Ok(None) };
    Ok(version)
}

/// Makes a new cluster; whatever an interrupted attempt left beside it is removed first.
pub(crate) async fn create(
    programs: &Programs,
    dir: &Path,
    account: &Account,
) -> Result<(), ClusterError> {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = dir.with_file_name(name);
    match fs::remove_dir_all(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(access(&partial)(error));
        }
        _ => {}
    }
    DirBuilder::new().mode(0o700).create(&partial).map_err(access(&partial))?;
    account.own(&partial).map_err(access(&partial))?;
    let mut command = embedded::initdb(programs, &partial, account);
    let output = command.output().await.map_err(access(&programs.program("initdb")))?;
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        let output = log::last_lines(&String::from_utf8_lossy(&text));
        return Err(ClusterError::Initdb { path: dir.to_owned(), output });
    }
    let marker = Marker { format: MARKER_FORMAT, major: programs.major() };
    let text = serde_json::to_string(&marker).unwrap_or_default();
    write(&partial, MARKER, &text, account)?;
    // initdb has synced its own files; ours are synced by `write`.
    fs::rename(&partial, dir).map_err(access(dir))?;
    files::sync_parent(dir).map_err(access(dir))
}

/// Writes the configuration of the next start.
pub(crate) fn configure(dir: &Path, conf: &str, account: &Account) -> Result<(), ClusterError> {
    write(dir, "postgresql.conf", conf, account)?;
    write(dir, "pg_hba.conf", settings::PG_HBA, account)?;
    write(dir, "pg_ident.conf", &settings::pg_ident(account), account)
}

fn write(dir: &Path, name: &str, text: &str, account: &Account) -> Result<(), ClusterError> {
    files::write(&dir.join(name), text, account).map_err(access(&dir.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Account {
        let uid = rustix::process::geteuid().as_raw();
        Account { name: "me".into(), uid, gid: rustix::process::getegid().as_raw() }
    }

    fn cluster(major: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("PG_VERSION"), format!("{major}\n")).expect("writes");
        fs::write(dir.path().join(MARKER), r#"{"format":1,"major":18}"#).expect("writes");
        dir
    }

    #[test]
    fn a_missing_and_an_empty_folder_are_absent() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(inspect(dir.path(), 18, &me()).expect("looks"), State::Absent);
        let missing = dir.path().join("none");
        assert_eq!(inspect(&missing, 18, &me()).expect("looks"), State::Absent);
    }

    #[test]
    fn a_foreign_database_is_refused_and_left_as_it_is() {
        let dir = cluster("18");
        fs::remove_file(dir.path().join(MARKER)).expect("removes");
        let error = inspect(dir.path(), 18, &me()).expect_err("refuses");
        assert!(matches!(error, ClusterError::Foreign { .. }));
        assert_eq!(fs::read_to_string(dir.path().join("PG_VERSION")).expect("reads"), "18\n");
    }

    #[test]
    fn a_newer_and_an_older_database_are_told_apart() {
        let error = inspect(cluster("19").path(), 18, &me()).expect_err("refuses");
        assert!(matches!(error, ClusterError::Newer { found: 19, ours: 18, .. }));
        let error = inspect(cluster("17").path(), 18, &me()).expect_err("refuses");
        assert!(matches!(error, ClusterError::Older { found: 17, .. }));
        let dir = cluster("18");
        assert_eq!(inspect(dir.path(), 18, &me()).expect("looks"), State::Ours { major: 18 });
    }

    #[test]
    fn another_users_database_is_refused() {
        let other = Account { uid: me().uid + 1, ..me() };
        let error = inspect(cluster("18").path(), 18, &other).expect_err("refuses");
        assert!(matches!(error, ClusterError::Owner { .. }));
    }
}
