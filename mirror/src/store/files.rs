//! Open files, kept open: opening and mapping for each request would cost more than serving.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::error::{StoreError, file};
use super::map::StoredFile;
use crate::Digest;

/// Files kept open. Far below the usual limit of 1,024 descriptors, and more than the layers in
/// use at one time; a mapping costs address space only.
const OPEN_FILES_MAX: usize = 256;

/// Which file of the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum FileKey {
    Loose(Digest),
    Pack(Uuid),
}

#[derive(Debug, Default)]
pub(super) struct Files {
    open: Mutex<HashMap<FileKey, Arc<StoredFile>>>,
}

impl Files {
    /// The file, if it is open already.
    pub(super) fn get(&self, key: &FileKey) -> Option<Arc<StoredFile>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Opens the file; may wait for the disk.
    pub(super) fn open(&self, key: FileKey, path: &Path) -> Result<Arc<StoredFile>, StoreError> {
        let opened = File::open(path).and_then(StoredFile::new).map_err(file("open", path))?;
        let opened = Arc::new(opened);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_FILES_MAX {
            // Those being read stay open through their readers.
            open.clear();
        }
        open.insert(key, Arc::clone(&opened));
        Ok(opened)
    }

    /// Lets go of a file that is about to be removed.
    pub(super) fn forget(&self, key: &FileKey) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
