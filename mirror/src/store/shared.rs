//! What all parts of the store share.

use std::path::Path;
use std::sync::Arc;

use sqlx::PgPool;
use tokio::sync::{Mutex, MutexGuard};

use super::{StoreError, cache, directory, files, pack, upload};
use crate::Digest;

/// Commits of one digest wait for each other in one of these; more only costs memory.
const DIGEST_LOCKS: usize = 64;

/// The mirror's content. Cheap to clone; all clones are one store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) pool: PgPool,
    pub(super) directory: directory::Directory,
    pub(super) files: files::Files,
    pub(super) lookups: cache::Lookups,
    pub(super) uploads: upload::Sessions,
    pub(super) packs_writing: pack::Writing,
    pub(super) digest_locks: [Mutex<()>; DIGEST_LOCKS],
}

impl Store {
    /// Opens the store in this directory, making what is missing in it. The schema must be up to
    /// date (see [`crate::migrate`]).
    pub async fn open(directory: &Path, pool: PgPool) -> Result<Self, StoreError> {
        let directory = directory::Directory::prepare(directory).await?;
        let inner = Inner {
            pool,
            directory,
            files: files::Files::default(),
            lookups: cache::Lookups::default(),
            uploads: upload::Sessions::default(),
            packs_writing: pack::Writing::default(),
            digest_locks: std::array::from_fn(|_| Mutex::new(())),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    pub(super) fn directory(&self) -> &directory::Directory {
        &self.inner.directory
    }

    /// Serialises everything that creates or removes the bytes of a digest.
    pub(super) async fn lock_digest(&self, digest: &Digest) -> MutexGuard<'_, ()> {
        let slot = digest.hex().bytes().take(2).fold(0, |sum, byte| sum * 16 + usize::from(byte));
        self.inner.digest_locks[slot % DIGEST_LOCKS].lock().await
    }

    /// Forgets what was looked up before. To be called after committing a transaction of one's
    /// own that changed the mirror's tables, such as a pack's.
    pub fn forget_lookups(&self) {
        self.inner.lookups.forget();
    }
}
