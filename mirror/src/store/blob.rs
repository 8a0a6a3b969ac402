//! Blobs: taking in checked files, linking them to repositories, letting go of them.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sqlx::PgConnection;
use uuid::Uuid;

use super::directory::{link_durably, remove};
use super::error::{StoreError, blocking, database, file, signed};
use super::{Store, repository};
use crate::{Digest, RepositoryName};

/// Repositories offered as the source of a mount that names none.
const MOUNT_SOURCES_MAX: i64 = 32;

/// A file whose content is known to be the digest's, synced, under a temporary name.
#[derive(Debug)]
pub(super) struct CheckedFile {
    pub(super) path: PathBuf,
    pub(super) digest: Digest,
    pub(super) size_bytes: u64,
}

impl Store {
    /// Commits a checked file: final name, directory synced, then the rows. The temporary name
    /// and, if it was an upload, its row are gone afterwards.
    pub(super) async fn commit_file(
        &self,
        checked: CheckedFile,
        repository: &RepositoryName,
        upload: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let _lock = self.lock_digest(&checked.digest).await;
        if !self.has_home(&checked.digest).await? {
            let (from, to) = (checked.path.clone(), self.directory().loose(&checked.digest));
            blocking("link a finished blob", move || link_durably(&from, &to)).await?;
        }
        let mut transaction = self.pool().begin().await.map_err(database("begin a commit"))?;
        insert_loose(&mut transaction, &checked.digest, checked.size_bytes).await?;
        let repository_id = repository::ensure(&mut transaction, repository).await?;
        link(&mut transaction, repository_id, &checked.digest).await?;
        if let Some(upload) = upload {
            sqlx::query!("delete from mirror.upload where id = $1", upload)
                .execute(&mut *transaction)
                .await
                .map_err(database("end an upload"))?;
        }
        transaction.commit().await.map_err(database("commit a blob"))?;
        blocking("remove an upload", move || remove(&checked.path)).await
    }

    /// Stores bytes that are at hand as a blob of this repository. For what the site makes itself.
    pub async fn put_blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        content: Bytes,
    ) -> Result<(), StoreError> {
        let found = digest.algorithm().digest(&content);
        if found != *digest {
            return Err(StoreError::DigestDiffers { expected: digest.clone(), found });
        }
        let path = self.directory().upload(Uuid::now_v7());
        let size_bytes = content.len() as u64;
        let written = path.clone();
        blocking("write a blob", move || write_synced(&written, &content)).await?;
        let checked = CheckedFile { path, digest: digest.clone(), size_bytes };
        self.commit_file(checked, repository, None).await
    }

    /// Which of these digests the store has the bytes of, in whatever repository.
    pub async fn has(&self, digests: &[Digest]) -> Result<HashSet<Digest>, StoreError> {
        let asked: Vec<String> = digests.iter().map(ToString::to_string).collect();
        let present = sqlx::query_scalar!(
            "select distinct digest from mirror.home where digest = any($1)",
            &asked
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("look up blobs"))?;
        let present: HashSet<String> = present.into_iter().collect();
        Ok(digests.iter().filter(|digest| present.contains(digest.as_str())).cloned().collect())
    }

    async fn has_home(&self, digest: &Digest) -> Result<bool, StoreError> {
        sqlx::query_scalar!(
            r#"select exists(select from mirror.home where digest = $1) as "exists!""#,
            digest.as_str(),
        )
        .fetch_one(self.pool())
        .await
        .map_err(database("look up a blob"))
    }

    /// Makes a blob that is in the store one of this repository too; false if it is not there.
    /// Whether the caller may read it elsewhere is for the caller to know.
    pub async fn mount(&self, digest: &Digest, into: &RepositoryName) -> Result<bool, StoreError> {
        let mut transaction = self.pool().begin().await.map_err(database("begin a mount"))?;
        // The row is held until the link is there, so that collection cannot come between.
        let held = sqlx::query_scalar!(
            "select digest from mirror.blob where digest = $1 for key share",
            digest.as_str()
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(database("hold a blob"))?;
        if held.is_none() {
            return Ok(false);
        }
        let repository_id = repository::ensure(&mut transaction, into).await?;
        link(&mut transaction, repository_id, digest).await?;
        transaction.commit().await.map_err(database("commit a mount"))?;
        Ok(true)
    }

    /// Repositories that have this blob, for a mount that does not say from where.
    pub async fn repositories_with(
        &self,
        digest: &Digest,
    ) -> Result<Vec<RepositoryName>, StoreError> {
        let names = sqlx::query_scalar!(
            "select repository.name from mirror.repository_blob
             join mirror.repository on repository.id = repository_blob.repository_id
             where repository_blob.digest = $1 order by repository_blob.linked_at limit $2",
            digest.as_str(),
            MOUNT_SOURCES_MAX,
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("look up a blob's repositories"))?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Takes a blob out of a repository; false if it was not in it. The bytes go when collection
    /// finds that no repository has them.
    pub async fn delete_blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<bool, StoreError> {
        let deleted = sqlx::query!(
            "delete from mirror.repository_blob using mirror.repository
             where repository.id = repository_blob.repository_id
               and repository.name = $1 and repository_blob.digest = $2",
            repository.as_str(),
            digest.as_str(),
        )
        .execute(self.pool())
        .await
        .map_err(database("delete a blob"))?;
        self.forget_lookups();
        Ok(deleted.rows_affected() > 0)
    }
}

/// The rows of a blob that lies in a loose file. A blob that has a home already keeps it.
async fn insert_loose(
    connection: &mut PgConnection,
    digest: &Digest,
    size_bytes: u64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into mirror.blob (digest, size_bytes) values ($1, $2) on conflict (digest) do nothing",
        digest.as_str(),
        signed(size_bytes),
    )
    .execute(&mut *connection)
    .await
    .map_err(database("insert a blob"))?;
    sqlx::query!(
        "insert into mirror.home (digest) select $1
         where not exists (select from mirror.home where digest = $1)",
        digest.as_str(),
    )
    .execute(connection)
    .await
    .map_err(database("insert a blob's home"))?;
    Ok(())
}

/// Makes the blob one of the repository's.
pub(super) async fn link(
    connection: &mut PgConnection,
    repository_id: i64,
    digest: &Digest,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into mirror.repository_blob (repository_id, digest) values ($1, $2)
         on conflict (repository_id, digest) do update set linked_at = now()",
        repository_id,
        digest.as_str(),
    )
    .execute(connection)
    .await
    .map_err(database("link a blob to its repository"))?;
    Ok(())
}

fn write_synced(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let mut target = File::create_new(path).map_err(file("make", path))?;
    target.write_all(content).map_err(file("write to", path))?;
    target.sync_all().map_err(file("sync", path))
}
