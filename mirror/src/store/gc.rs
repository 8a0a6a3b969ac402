//! Collection, one thing at a time while everything goes on: abandoned uploads, abandoned packs,
//! blobs no repository has.
//!
//! A blob's row goes first, in a transaction that has looked again at who refers to it; its bytes
//! follow. Readers that have it open keep reading. Space inside packs that still hold other
//! blobs is not given back here.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::Store;
use super::directory::{ids_in, remove};
use super::error::{StoreError, blocking, database};
use super::files::FileKey;
use crate::Digest;

/// An upload nobody touched for this long is abandoned: longer than any night a stuck job waits.
const UPLOAD_LEASE: Duration = Duration::hours(24);
/// An unfinished pack waits this long for its import to be tried again.
const PACK_LEASE: Duration = Duration::days(7);
/// Rows looked at in one statement.
const BATCH: i64 = 500;
/// Statements in one run; what is left over is taken by the next.
const BATCHES_MAX: usize = 1000;

/// What one run removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// Uploads nobody came back to.
    pub uploads: u64,
    /// Packs nobody finished, or that held nothing any more.
    pub packs: u64,
    /// Blobs no repository had.
    pub blobs: u64,
}

impl Store {
    /// Removes what nobody needs as of now. Safe beside everything else.
    pub async fn collect(&self, now: OffsetDateTime) -> Result<Collected, StoreError> {
        let uploads = self.collect_uploads(now - UPLOAD_LEASE).await?;
        let unfinished = self.collect_unfinished_packs(now).await?;
        let blobs = self.collect_blobs(now).await?;
        let empty = self.collect_empty_packs().await?;
        Ok(Collected { uploads, packs: unfinished + empty, blobs })
    }

    async fn collect_uploads(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let mut collected = 0;
        let ids = sqlx::query_scalar!(
            "select id from mirror.upload where touched_at < $1 limit $2",
            before,
            BATCH
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("look for abandoned uploads"))?;
        for id in ids {
            collected += u64::from(self.drop_upload(id).await?);
        }
        let known = sqlx::query_scalar!("select id from mirror.upload")
            .fetch_all(self.pool())
            .await
            .map_err(database("list uploads"))?;
        let folder = self.directory().uploads();
        collected += blocking("look for files of no upload", move || {
            let strays = ids_in(&folder)?.into_iter().filter(|id| !known.contains(id));
            remove_older(strays.map(|id| folder.join(id.to_string())), before)
        })
        .await?;
        Ok(collected)
    }

    async fn collect_unfinished_packs(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let before = now - PACK_LEASE;
        let unfinished = sqlx::query!(
            "select id, key from mirror.pack where state = 'writing' and touched_at < $1",
            before
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("look for abandoned packs"))?;
        let mut collected = 0;
        for pack in unfinished {
            if !self.is_writing(&pack.key) {
                self.drop_pack(pack.id).await?;
                collected += 1;
            }
        }
        let known = sqlx::query_scalar!("select id from mirror.pack")
            .fetch_all(self.pool())
            .await
            .map_err(database("list packs"))?;
        let folder = self.directory().packs();
        collected += blocking("look for files of no pack", move || {
            let strays = ids_in(&folder)?.into_iter().filter(|id| !known.contains(id));
            // Its row is made before the file: a file without one is nobody's, however young.
            remove_older(strays.map(|id| folder.join(id.to_string())), now)
        })
        .await?;
        Ok(collected)
    }

    async fn collect_empty_packs(&self) -> Result<u64, StoreError> {
        let empty = sqlx::query_scalar!(
            "select id from mirror.pack where state = 'ready'
               and not exists (select from mirror.home where pack_id = pack.id)",
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("look for empty packs"))?;
        for id in &empty {
            self.drop_pack(*id).await?;
        }
        Ok(empty.len() as u64)
    }

    async fn collect_blobs(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let mut collected = 0;
        for _batch in 0..BATCHES_MAX {
            let candidates = sqlx::query_scalar!(
                "select digest from mirror.blob where keep_until < $1
                   and not exists (select from mirror.repository_blob where digest = blob.digest)
                 limit $2",
                now,
                BATCH,
            )
            .fetch_all(self.pool())
            .await
            .map_err(database("look for blobs nobody has"))?;
            let mut removed = 0;
            for digest in &candidates {
                let digest = digest.parse().map_err(|_error| StoreError::Row {
                    what: "a digest",
                    value: digest.clone(),
                })?;
                removed += u64::from(self.collect_blob(&digest).await?);
            }
            collected += removed;
            // Candidates that found a repository meanwhile are no reason to go round again.
            if removed == 0 {
                break;
            }
        }
        Ok(collected)
    }

    async fn collect_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        let _lock = self.lock_digest(digest).await;
        let mut transaction = self.pool().begin().await.map_err(database("begin a collection"))?;
        if !delete_if_unused(&mut transaction, digest).await? {
            return Ok(false);
        }
        transaction.commit().await.map_err(database("commit a collection"))?;
        self.forget_lookups();
        self.inner.files.forget(&FileKey::Loose(digest.clone()));
        let path = self.directory().loose(digest);
        blocking("remove a blob", move || remove(&path)).await?;
        Ok(true)
    }
}

/// Deletes the row unless somebody refers to it. Two statements on purpose: the second sees what
/// was committed while the first waited for the row.
async fn delete_if_unused(
    connection: &mut PgConnection,
    digest: &Digest,
) -> Result<bool, StoreError> {
    sqlx::query!("select digest from mirror.blob where digest = $1 for update", digest.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(database("hold a blob"))?;
    let deleted = sqlx::query!(
        "delete from mirror.blob where digest = $1
           and not exists (select from mirror.repository_blob where digest = $1)",
        digest.as_str(),
    )
    .execute(connection)
    .await
    .map_err(database("delete a blob's row"))?;
    Ok(deleted.rows_affected() > 0)
}

fn remove_older(
    paths: impl Iterator<Item = impl AsRef<Path>>,
    before: OffsetDateTime,
) -> Result<u64, StoreError> {
    let before = SystemTime::from(before);
    let mut removed = 0;
    for path in paths {
        let modified = fs::metadata(path.as_ref()).and_then(|metadata| metadata.modified());
        if modified.is_ok_and(|modified| modified < before) {
            remove(path.as_ref())?;
            removed += 1;
        }
    }
    Ok(removed)
}
