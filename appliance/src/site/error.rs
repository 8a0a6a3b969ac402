//! What can be wrong with a data directory.

use std::path::{Path, PathBuf};

use crate::error::{Problem, codes};

/// What can go wrong with the data directory.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A file or directory cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file or directory cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another process serves or changes this site.
    #[error("`{}` is in use by process {holder}", path.display())]
    Locked {
        /// The data directory.
        path: PathBuf,
        /// The process that holds the lock.
        holder: String,
    },
    /// The directory holds something, but no site.
    #[error("`{}` is not empty and holds no site", path.display())]
    Foreign {
        /// The data directory.
        path: PathBuf,
    },
    /// The directory was written by a later release.
    #[error("`{}` was written by Atoll {release}, which is newer than this one", path.display())]
    Newer {
        /// The data directory.
        path: PathBuf,
        /// The release that wrote it.
        release: String,
    },
    /// There is no site in the directory.
    #[error("there is no site in `{}`", path.display())]
    Absent {
        /// The data directory.
        path: PathBuf,
    },
    /// A file of the site is damaged.
    #[error("`{}` is damaged: {what}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl SiteError {
    pub(super) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}

impl From<SiteError> for Problem {
    fn from(error: SiteError) -> Self {
        let code = match &error {
            SiteError::Read { .. } | SiteError::Write { .. } => &codes::site::FILE_FAILED,
            SiteError::Locked { .. } => &codes::site::IN_USE,
            SiteError::Foreign { .. } => &codes::site::FOREIGN,
            SiteError::Newer { .. } => &codes::site::NEWER,
            SiteError::Absent { .. } => &codes::site::ABSENT,
            SiteError::Damaged { .. } => &codes::site::DAMAGED,
        };
        let problem = Self::new(code, error.to_string());
        match std::error::Error::source(&error) {
            Some(source) => problem.because(source),
            None => problem,
        }
    }
}
