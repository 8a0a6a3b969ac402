//! The files and directories one client has open.

use std::collections::BTreeMap;
use std::fs::{File, ReadDir};
use std::sync::Arc;

/// Open at once by one client; sshd allows as many as the process may.
const OPEN_MAX: usize = 512;

/// One of them.
#[derive(Debug, Clone)]
pub(super) enum Open {
    File(Arc<File>),
    /// Read on, batch by batch.
    Directory(Arc<std::sync::Mutex<ReadDir>>),
}

/// All of them, by the handle the client knows.
#[derive(Debug, Default)]
pub(super) struct OpenFiles {
    open: BTreeMap<String, Open>,
    next: u64,
}

impl OpenFiles {
    /// Whether one more may be opened.
    pub(super) fn has_room(&self) -> bool {
        self.open.len() < OPEN_MAX
    }

    /// Keeps one and returns its handle. Handles are never used twice.
    pub(super) fn insert(&mut self, open: Open) -> String {
        let handle = self.next.to_string();
        self.next += 1;
        self.open.insert(handle.clone(), open);
        handle
    }

    /// The file of this handle.
    pub(super) fn file(&self, handle: &str) -> Option<Arc<File>> {
        match self.open.get(handle) {
            Some(Open::File(file)) => Some(file.clone()),
            Some(Open::Directory(_)) | None => None,
        }
    }

    /// The directory of this handle.
    pub(super) fn directory(&self, handle: &str) -> Option<Arc<std::sync::Mutex<ReadDir>>> {
        match self.open.get(handle) {
            Some(Open::Directory(directory)) => Some(directory.clone()),
            Some(Open::File(_)) | None => None,
        }
    }

    /// Forgets one.
    pub(super) fn remove(&mut self, handle: &str) -> Option<Open> {
        self.open.remove(handle)
    }
}
