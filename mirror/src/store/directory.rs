//! The directory's layout, and the file operations that survive a power cut.
//!
//! ```text
//! blobs/<algorithm>/<2 hex>/<hex>   loose blobs, complete and checked
//! packs/<id>                        packs; which are ready is said by the tables
//! uploads/<id>                      bytes of uploads under way
//! ```

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::error::{StoreError, blocking, file};
use crate::{Algorithm, Digest};

#[derive(Debug, Clone)]
pub(super) struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Makes every folder there will ever be, so that a commit has one directory to sync.
    pub(super) async fn prepare(root: &Path) -> Result<Self, StoreError> {
        let directory = Self { root: root.to_owned() };
        let prepared = directory.clone();
        blocking("prepare the store's directory", move || prepared.make_folders()).await?;
        Ok(directory)
    }

    fn make_folders(&self) -> Result<(), StoreError> {
        for folder in ["packs", "uploads"] {
            make_folder(&self.root.join(folder))?;
        }
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let parent = self.root.join("blobs").join(algorithm.name());
            make_folder(&parent)?;
            for first in 0..=u8::MAX {
                make_folder(&parent.join(hex::encode([first])))?;
            }
            sync_folder(&parent)?;
        }
        sync_folder(&self.root)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn loose(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join("blobs").join(digest.algorithm().name()).join(&hex[..2]).join(hex)
    }

    pub(super) fn pack(&self, id: Uuid) -> PathBuf {
        self.root.join("packs").join(id.to_string())
    }

    pub(super) fn packs(&self) -> PathBuf {
        self.root.join("packs")
    }

    pub(super) fn upload(&self, id: Uuid) -> PathBuf {
        self.root.join("uploads").join(id.to_string())
    }

    pub(super) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(file("make the directory", path))
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = File::open(path).map_err(file("open the directory", path))?;
    folder.sync_all().map_err(file("sync the directory", path))
}

/// Gives a synced file its final name, durably. A file that is there already has the same
/// content, since names are digests, and is left alone.
pub(super) fn link_durably(from: &Path, to: &Path) -> Result<(), StoreError> {
    match fs::hard_link(from, to) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(file("link a finished blob to", to)(error)),
    }
    match to.parent() {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

/// Removes a file; that it is gone already is success.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The ids that name the files of a folder; other names are not ours and are left out.
pub(super) fn ids_in(folder: &Path) -> Result<Vec<Uuid>, StoreError> {
    let mut ids = Vec::new();
    for entry in fs::read_dir(folder).map_err(file("list", folder))? {
        let entry = entry.map_err(file("list", folder))?;
        if let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
            ids.push(id);
        }
    }
    Ok(ids)
}
