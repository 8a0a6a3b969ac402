//! What was looked up lately, so that serving the same layer a thousand times asks the tables once.
//!
//! Every entry remembers the epoch it was read in. A change begins a new epoch after its commit,
//! and entries of older ones count as absent: one counter instead of a rule for each table.
//! Absence itself is never kept.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::home::Place;
use super::manifests::StoredManifest;
use crate::{Digest, Reference, RepositoryName};

/// Blobs remembered: some thousand images' worth at about 200 bytes each.
const PLACES_MAX: usize = 16 * 1024;
/// Manifests remembered; with the next bound at most 16 MiB.
const MANIFESTS_MAX: usize = 1024;
/// Larger manifests are read from the tables every time.
const MANIFEST_BYTES_MAX: usize = 16 * 1024;

#[derive(Debug, Default)]
pub(super) struct Lookups {
    epoch: AtomicU64,
    places: Memory<(RepositoryName, Digest), Place>,
    manifests: Memory<(RepositoryName, Reference), Arc<StoredManifest>>,
}

/// When a lookup began: what it finds counts only until the next change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Epoch(u64);

impl Lookups {
    /// To be taken before asking the tables.
    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::SeqCst))
    }

    /// To be called after the commit of a change that could make an entry wrong.
    pub(super) fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn place(&self, key: &(RepositoryName, Digest)) -> Option<Place> {
        self.places.get(key, self.epoch())
    }

    pub(super) fn keep_place(&self, key: (RepositoryName, Digest), place: Place, epoch: Epoch) {
        self.places.insert(key, place, epoch, PLACES_MAX);
    }

    pub(super) fn manifest(
        &self,
        key: &(RepositoryName, Reference),
    ) -> Option<Arc<StoredManifest>> {
        self.manifests.get(key, self.epoch())
    }

    pub(super) fn keep_manifest(
        &self,
        key: (RepositoryName, Reference),
        manifest: Arc<StoredManifest>,
        epoch: Epoch,
    ) {
        if manifest.content.len() <= MANIFEST_BYTES_MAX {
            self.manifests.insert(key, manifest, epoch, MANIFESTS_MAX);
        }
    }
}

#[derive(Debug)]
struct Memory<K, V> {
    entries: Mutex<HashMap<K, (Epoch, V)>>,
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self { entries: Mutex::new(HashMap::new()) }
    }
}

impl<K: Eq + Hash, V: Clone> Memory<K, V> {
    fn get(&self, key: &K, now: Epoch) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(epoch, _)| *epoch == now).map(|(_, value)| value.clone())
    }

    fn insert(&self, key: K, value: V, epoch: Epoch, entries_max: usize) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= entries_max {
            entries.clear();
        }
        entries.insert(key, (epoch, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_read_before_a_change_is_forgotten_after_it() {
        let memory = Memory::default();
        memory.insert("k", 1, Epoch(0), 2);
        assert_eq!(memory.get(&"k", Epoch(0)), Some(1));
        assert_eq!(memory.get(&"k", Epoch(1)), None);
        memory.insert("l", 2, Epoch(1), 2);
        memory.insert("m", 3, Epoch(1), 2);
        assert_eq!(memory.get(&"l", Epoch(1)), None, "a full memory starts over");
        assert_eq!(memory.get(&"m", Epoch(1)), Some(3));
    }
}
