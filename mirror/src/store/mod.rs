//! The store: files in one directory, rows in one schema, and the order in which they are written
//! so that no crash shows a row without its bytes.
//!
//! It knows nothing of HTTP and asks nobody for permission. One process writes to a directory at
//! a time; whoever opens it holds the lock of the site.

mod blob;
mod cache;
pub mod check;
mod directory;
mod error;
mod files;
pub mod gc;
mod home;
mod list;
mod manifests;
mod map;
mod pack;
mod receive;
mod referrer;
mod repository;
mod space;
mod tag;
mod upload;

use std::path::Path;
use std::sync::Arc;

use sqlx::PgPool;
use tokio::sync::{Mutex, MutexGuard};

use crate::Digest;

pub use error::StoreError;
pub use home::OpenBlob;
pub use list::{RepositorySummary, TagSummary};
pub use manifests::{PutManifest, StoredManifest};
pub use pack::{PackContents, PackPlan, PackWriter, PackedBlob, PackedManifest, PackedTag};
pub use referrer::ReferrerPage;
pub use space::Space;
pub use tag::TagPage;
pub use upload::{AppendAt, UploadStatus};

/// Commits of one digest wait for each other in one of these; more only costs memory.
const DIGEST_LOCKS: usize = 64;

/// The mirror's content. Cheap to clone; all clones are one store.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    directory: directory::Directory,
    files: files::Files,
    lookups: cache::Lookups,
    uploads: upload::Sessions,
    packs_writing: pack::Writing,
    digest_locks: [Mutex<()>; DIGEST_LOCKS],
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

    fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    fn directory(&self) -> &directory::Directory {
        &self.inner.directory
    }

    /// Serialises everything that creates or removes the bytes of a digest.
    async fn lock_digest(&self, digest: &Digest) -> MutexGuard<'_, ()> {
        let slot = digest.hex().bytes().take(2).fold(0, |sum, byte| sum * 16 + usize::from(byte));
        self.inner.digest_locks[slot % DIGEST_LOCKS].lock().await
    }

    /// Forgets what was looked up before. To be called after committing a transaction of one's
    /// own that changed the mirror's tables, such as a pack's.
    pub fn forget_lookups(&self) {
        self.inner.lookups.forget();
    }
}
