//! Packs: large files written in one sequential pass and served from in place.
//!
//! Until the transaction of [`PackWriter::commit`] a pack is invisible. What was synced at a
//! checkpoint survives a crash, and [`Store::pack`] with the same key goes on from there; a pack
//! nobody comes back for is collected. What the bytes mean is the writer's business: this module
//! is told where blobs lie and believes it, so the caller must have checked every digest.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use sqlx::PgConnection;
use uuid::Uuid;

use super::directory::{remove, sync_folder};
use super::error::{StoreError, blocking, database, file, signed, unsigned};
use super::manifests::{PutManifest, insert, point};
use super::{Store, blob, repository};
use crate::{Digest, RepositoryName, Tag, manifest};

/// What is to be written.
#[derive(Debug, Clone)]
pub struct PackPlan {
    /// What an interrupted writer finds its pack by, such as the bundle's hash.
    pub key: String,
    /// How large the pack will be; the room is taken at once.
    pub size_bytes: u64,
}

/// What a finished pack brings.
#[derive(Debug, Default)]
pub struct PackContents {
    /// Every blob whose bytes are in the pack, manifests included or not.
    pub blobs: Vec<PackedBlob>,
    /// The manifests and under which repository each is asked for. The blobs they refer to become
    /// the repository's, from this pack or from what the store had before.
    pub manifests: Vec<PackedManifest>,
    /// Tags to move, each to a manifest the repository has after this.
    pub tags: Vec<PackedTag>,
    /// Blobs no manifest refers to, and the repository that keeps each from being collected.
    pub links: Vec<(RepositoryName, Digest)>,
}

/// A blob in the pack.
#[derive(Debug, Clone)]
pub struct PackedBlob {
    /// Its digest, checked by the writer.
    pub digest: Digest,
    /// Its size.
    pub size_bytes: u64,
    /// Where in the pack it begins.
    pub offset_bytes: u64,
}

/// A manifest that comes with the pack.
#[derive(Debug, Clone)]
pub struct PackedManifest {
    /// Where it is asked for.
    pub repository: RepositoryName,
    /// Its digest, checked by the writer.
    pub digest: Digest,
    /// What it is served as; `None` to take what it says itself.
    pub media_type: Option<String>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A tag that comes with the pack.
#[derive(Debug, Clone)]
pub struct PackedTag {
    /// Where.
    pub repository: RepositoryName,
    /// Which tag.
    pub tag: Tag,
    /// What it points at.
    pub digest: Digest,
}

/// Packs being written by this process, so that no two writers share one.
pub(super) type Writing = Mutex<HashSet<String>>;

/// A pack in the making. Dropping it leaves it to be resumed.
#[derive(Debug)]
pub struct PackWriter {
    store: Store,
    id: Uuid,
    key: String,
    path: PathBuf,
    file: Arc<File>,
    planned_bytes: u64,
    position: u64,
    progress: Vec<u8>,
}

impl Drop for PackWriter {
    fn drop(&mut self) {
        self.store
            .inner
            .packs_writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

impl Store {
    /// Begins a pack, or goes on with one of the same key and size at its last checkpoint.
    pub async fn pack(&self, plan: PackPlan) -> Result<PackWriter, StoreError> {
        {
            let mut writing =
                self.inner.packs_writing.lock().unwrap_or_else(PoisonError::into_inner);
            if !writing.insert(plan.key.clone()) {
                return Err(StoreError::PackBusy(plan.key));
            }
        }
        let opened = self.open_pack(&plan).await;
        match opened {
            Ok(Opened { id, path, file, position, progress }) => Ok(PackWriter {
                store: self.clone(),
                id,
                key: plan.key,
                path,
                file: Arc::new(file),
                planned_bytes: plan.size_bytes,
                position,
                progress,
            }),
            Err(error) => {
                self.inner
                    .packs_writing
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .remove(&plan.key);
                Err(error)
            }
        }
    }

    async fn open_pack(&self, plan: &PackPlan) -> Result<Opened, StoreError> {
        let known = sqlx::query!(
            "select id, size_bytes, synced_bytes, progress from mirror.pack where key = $1 and state = 'writing'",
            plan.key,
        )
        .fetch_optional(self.pool())
        .await
        .map_err(database("look for an unfinished pack"))?;
        if let Some(known) = known {
            let path = self.directory().pack(known.id);
            let synced = unsigned(known.synced_bytes);
            if unsigned(known.size_bytes) == plan.size_bytes
                && let Some(file) = reopen(path.clone(), synced).await?
            {
                let progress = known.progress;
                return Ok(Opened { id: known.id, path, file, position: synced, progress });
            }
            self.drop_pack(known.id).await?;
        }
        self.create_pack(plan).await
    }

    async fn create_pack(&self, plan: &PackPlan) -> Result<Opened, StoreError> {
        let id = Uuid::now_v7();
        let path = self.directory().pack(id);
        // The row first: a file without a row is removed at the next start, the other way round
        // would leave a row that names nothing.
        sqlx::query!(
            "insert into mirror.pack (id, state, key, size_bytes) values ($1, 'writing', $2, $3)",
            id,
            plan.key,
            signed(plan.size_bytes),
        )
        .execute(self.pool())
        .await
        .map_err(database("begin a pack"))?;
        let (made, folder, size_bytes) = (path.clone(), self.directory().packs(), plan.size_bytes);
        let file = match blocking("make a pack", move || create(&made, &folder, size_bytes)).await {
            Ok(file) => file,
            Err(error) => {
                self.drop_pack(id).await?;
                return Err(error);
            }
        };
        Ok(Opened { id, path, file, position: 0, progress: Vec::new() })
    }

    /// Whether a writer of this process has the pack of this key open.
    pub(super) fn is_writing(&self, key: &str) -> bool {
        self.inner.packs_writing.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// Removes a pack that no home names: first the row, so that a crash leaves only a file.
    pub(super) async fn drop_pack(&self, id: Uuid) -> Result<(), StoreError> {
        sqlx::query!("delete from mirror.pack where id = $1", id)
            .execute(self.pool())
            .await
            .map_err(database("delete a pack"))?;
        self.inner.files.forget(&super::files::FileKey::Pack(id));
        let path = self.directory().pack(id);
        blocking("remove a pack", move || remove(&path)).await
    }
}

struct Opened {
    id: Uuid,
    path: PathBuf,
    file: File,
    position: u64,
    progress: Vec<u8>,
}

impl PackWriter {
    /// Where the next write goes.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// What was given at the last checkpoint; empty for a new pack.
    pub fn progress(&self) -> &[u8] {
        &self.progress
    }

    /// Writes the next bytes. May wait for the disk: call it where that is allowed.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let next = self.advance(bytes.len() as u64)?;
        self.file.write_all_at(bytes, self.position).map_err(file("write to", &self.path))?;
        self.position = next;
        Ok(())
    }

    /// Leaves out bytes that are not needed here: the room they would take is given back.
    pub fn skip(&mut self, length_bytes: u64) -> Result<(), StoreError> {
        let next = self.advance(length_bytes)?;
        if length_bytes > 0 {
            let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            allocate(&self.file, &self.path, flags, self.position..next)?;
        }
        self.position = next;
        Ok(())
    }

    fn advance(&self, length_bytes: u64) -> Result<u64, StoreError> {
        let wanted = self.position.saturating_add(length_bytes);
        if wanted > self.planned_bytes {
            return Err(StoreError::PackOverflow { planned: self.planned_bytes, wanted });
        }
        Ok(wanted)
    }

    /// Makes everything written so far durable, with the writer's own state: what a resumed
    /// writer starts from.
    pub async fn checkpoint(&mut self, progress: Vec<u8>) -> Result<u64, StoreError> {
        let (handle, path) = (Arc::clone(&self.file), self.path.clone());
        blocking("sync a pack", move || handle.sync_data().map_err(file("sync", &path))).await?;
        sqlx::query!(
            "update mirror.pack set synced_bytes = $2, progress = $3, touched_at = now() where id = $1",
            self.id,
            signed(self.position),
            progress,
        )
        .execute(self.store.pool())
        .await
        .map_err(database("save a pack's progress"))?;
        self.progress = progress;
        Ok(self.position)
    }

    /// Makes the pack and all it brings visible when the caller commits the transaction this
    /// connection is in. Call [`Store::forget_lookups`] after that commit.
    pub async fn commit(
        self,
        connection: &mut PgConnection,
        contents: &PackContents,
    ) -> Result<(), StoreError> {
        for blob in &contents.blobs {
            if blob.offset_bytes.saturating_add(blob.size_bytes) > self.position {
                return Err(StoreError::OutsidePack(blob.digest.clone()));
            }
        }
        let (handle, path) = (Arc::clone(&self.file), self.path.clone());
        blocking("sync a pack", move || handle.sync_all().map_err(file("sync", &path))).await?;
        insert_blobs(connection, self.id, &contents.blobs).await?;
        for packed in &contents.manifests {
            insert_manifest(connection, packed).await?;
        }
        for PackedTag { repository, tag, digest } in &contents.tags {
            let repository_id = repository::ensure(connection, repository).await?;
            point(connection, repository_id, tag, digest).await?;
        }
        for (repository, digest) in &contents.links {
            let repository_id = repository::ensure(connection, repository).await?;
            blob::link(connection, repository_id, digest).await?;
        }
        sqlx::query!(
            "update mirror.pack set state = 'ready', synced_bytes = $2, progress = '', touched_at = now() where id = $1",
            self.id,
            signed(self.position),
        )
        .execute(connection)
        .await
        .map_err(database("finish a pack"))?;
        Ok(())
    }

    /// [`Self::commit`] in a transaction of its own.
    pub async fn commit_alone(self, contents: &PackContents) -> Result<(), StoreError> {
        let store = self.store.clone();
        let mut transaction =
            store.pool().begin().await.map_err(database("begin to finish a pack"))?;
        self.commit(&mut transaction, contents).await?;
        transaction.commit().await.map_err(database("commit a pack"))?;
        store.forget_lookups();
        Ok(())
    }

    /// Gives the pack up.
    pub async fn abandon(self) -> Result<(), StoreError> {
        self.store.drop_pack(self.id).await
    }
}

async fn insert_blobs(
    connection: &mut PgConnection,
    pack: Uuid,
    blobs: &[PackedBlob],
) -> Result<(), StoreError> {
    // In order, so that two imports at once lock rows the same way round.
    let mut blobs: Vec<&PackedBlob> = blobs.iter().collect();
    blobs.sort_by(|left, right| left.digest.cmp(&right.digest));
    blobs.dedup_by(|left, right| left.digest == right.digest);
    let digests: Vec<String> = blobs.iter().map(|blob| blob.digest.to_string()).collect();
    let sizes: Vec<i64> = blobs.iter().map(|blob| signed(blob.size_bytes)).collect();
    let offsets: Vec<i64> = blobs.iter().map(|blob| signed(blob.offset_bytes)).collect();
    // The update changes nothing: it holds the rows against collection.
    sqlx::query!(
        "insert into mirror.blob (digest, size_bytes)
         select digest, size from unnest($1::text[], $2::bigint[]) as given (digest, size)
         on conflict (digest) do update set size_bytes = excluded.size_bytes",
        &digests,
        &sizes,
    )
    .execute(&mut *connection)
    .await
    .map_err(database("insert a pack's blobs"))?;
    sqlx::query!(
        "insert into mirror.home (digest, pack_id, offset_bytes)
         select digest, $2, position from unnest($1::text[], $3::bigint[]) as given (digest, position)",
        &digests,
        pack,
        &offsets,
    )
    .execute(connection)
    .await
    .map_err(database("insert a pack's homes"))?;
    Ok(())
}

async fn insert_manifest(
    connection: &mut PgConnection,
    packed: &PackedManifest,
) -> Result<(), StoreError> {
    let facts = manifest::read(&packed.content, packed.media_type.as_deref())
        .map_err(|source| StoreError::PackManifest { digest: packed.digest.clone(), source })?;
    let put = PutManifest {
        repository: &packed.repository,
        digest: &packed.digest,
        content: &packed.content,
        facts: &facts,
        tags: &[],
    };
    let repository_id = insert(connection, &put).await?;
    sqlx::query!(
        "insert into mirror.repository_blob (repository_id, digest)
         select $1, blob.digest from mirror.manifest_reference
         join mirror.blob on blob.digest = manifest_reference.target
         where manifest_reference.manifest = $2
         on conflict (repository_id, digest) do update set linked_at = now()",
        repository_id,
        packed.digest.as_str(),
    )
    .execute(connection)
    .await
    .map_err(database("link a manifest's blobs"))?;
    Ok(())
}

/// The unfinished file, if it holds everything its row says was synced.
async fn reopen(path: PathBuf, synced_bytes: u64) -> Result<Option<File>, StoreError> {
    blocking("open an unfinished pack", move || {
        let opened = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file("open", &path)(error)),
        };
        let length = opened.metadata().map_err(file("look at", &path))?.len();
        Ok((length >= synced_bytes).then_some(opened))
    })
    .await
}

fn create(path: &Path, folder: &Path, size_bytes: u64) -> Result<File, StoreError> {
    let made = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(file("make", path))?;
    if size_bytes > 0 {
        allocate(&made, path, FallocateFlags::empty(), 0..size_bytes)?;
    }
    sync_folder(folder)?;
    Ok(made)
}

/// Asks the file system for room, or to give it back; one that cannot do either is no failure.
fn allocate(
    target: &File,
    path: &Path,
    flags: FallocateFlags,
    range: std::ops::Range<u64>,
) -> Result<(), StoreError> {
    match rustix::fs::fallocate(target, flags, range.start, range.end - range.start) {
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(error) => Err(file("take room for", path)(error.into())),
    }
}
