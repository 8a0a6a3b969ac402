//! Manifests: storing them byte for byte with what they point at, finding and deleting them.

use std::sync::Arc;

use bytes::Bytes;
use sqlx::PgConnection;

use super::error::{StoreError, database};
use super::{Store, repository};
use crate::manifest::{Facts, ReferenceKind};
use crate::{Digest, Reference, RepositoryName, Tag};

/// A manifest as it is served.
#[derive(Debug)]
pub struct StoredManifest {
    /// Its digest, of the algorithm it was stored by.
    pub digest: Digest,
    /// What it is served as.
    pub media_type: String,
    /// Exactly the bytes that were sent.
    pub content: Bytes,
}

/// A manifest that is to be stored.
#[derive(Debug)]
pub struct PutManifest<'a> {
    /// Where.
    pub repository: &'a RepositoryName,
    /// The digest of the content; the caller has computed it.
    pub digest: &'a Digest,
    /// The bytes.
    pub content: &'a [u8],
    /// What the bytes say, from [`crate::manifest::read`].
    pub facts: &'a Facts,
    /// Tags that are to point at it.
    pub tags: &'a [Tag],
}

impl Store {
    /// Finds a manifest.
    pub async fn manifest(
        &self,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Result<Option<Arc<StoredManifest>>, StoreError> {
        let key = (repository.clone(), reference.clone());
        if let Some(manifest) = self.inner.lookups.manifest(&key) {
            return Ok(Some(manifest));
        }
        let epoch = self.inner.lookups.epoch();
        let (tag, digest) = match reference {
            Reference::Tag(tag) => (Some(tag.as_str()), None),
            Reference::Digest(digest) => (None, Some(digest.as_str())),
        };
        let found = sqlx::query!(
            "select manifest.digest, repository_manifest.media_type, manifest.content
             from mirror.repository
             left join mirror.tag on tag.repository_id = repository.id and tag.name = $2
             join mirror.repository_manifest
               on repository_manifest.repository_id = repository.id
              and repository_manifest.digest = coalesce($3, tag.digest)
             join mirror.manifest on manifest.digest = repository_manifest.digest
             where repository.name = $1",
            repository.as_str(),
            tag,
            digest,
        )
        .fetch_optional(self.pool())
        .await
        .map_err(database("look up a manifest"))?;
        let Some(found) = found else { return Ok(None) };
        let digest = found
            .digest
            .parse()
            .map_err(|_error| StoreError::Row { what: "a digest", value: found.digest })?;
        let manifest = Arc::new(StoredManifest {
            digest,
            media_type: found.media_type,
            content: found.content.into(),
        });
        self.inner.lookups.keep_manifest(key, Arc::clone(&manifest), epoch);
        Ok(Some(manifest))
    }

    /// Stores a manifest and moves its tags, all or nothing. Answers which of the things it
    /// refers to this repository does not have: that is allowed, and worth a warning.
    pub async fn put_manifest(&self, put: PutManifest<'_>) -> Result<Vec<String>, StoreError> {
        let mut transaction =
            self.pool().begin().await.map_err(database("begin to store a manifest"))?;
        let repository_id = insert(&mut transaction, &put).await?;
        let missing = missing(&mut transaction, repository_id, put.digest).await?;
        transaction.commit().await.map_err(database("commit a manifest"))?;
        self.forget_lookups();
        Ok(missing)
    }

    /// Takes a manifest and the tags that point at it out of a repository; false if it was not
    /// in it.
    pub async fn delete_manifest(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<bool, StoreError> {
        let mut transaction =
            self.pool().begin().await.map_err(database("begin to delete a manifest"))?;
        // Held first, so that a push of the same manifest elsewhere cannot come between.
        sqlx::query!(
            "select digest from mirror.manifest where digest = $1 for update",
            digest.as_str()
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(database("hold a manifest"))?;
        let deleted = sqlx::query!(
            "delete from mirror.repository_manifest using mirror.repository
             where repository.id = repository_manifest.repository_id
               and repository.name = $1 and repository_manifest.digest = $2",
            repository.as_str(),
            digest.as_str(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(database("delete a manifest"))?;
        sqlx::query!(
            "delete from mirror.manifest where digest = $1
               and not exists (select from mirror.repository_manifest where digest = $1)",
            digest.as_str(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(database("delete a manifest's content"))?;
        transaction.commit().await.map_err(database("commit a deletion"))?;
        self.forget_lookups();
        Ok(deleted.rows_affected() > 0)
    }
}

/// The rows of a manifest; the repository's id.
pub(super) async fn insert(
    connection: &mut PgConnection,
    put: &PutManifest<'_>,
) -> Result<i64, StoreError> {
    let repository_id = repository::ensure(connection, put.repository).await?;
    let annotations =
        put.facts.annotations.as_ref().map(|annotations| serde_json::json!(annotations));
    // The update changes nothing: it holds the row against a deletion that runs at the same time.
    sqlx::query!(
        "insert into mirror.manifest (digest, content, artifact_type, annotations)
         values ($1, $2, $3, $4) on conflict (digest) do update set digest = excluded.digest",
        put.digest.as_str(),
        put.content,
        put.facts.artifact_type,
        annotations,
    )
    .execute(&mut *connection)
    .await
    .map_err(database("insert a manifest"))?;
    let (kinds, targets): (Vec<String>, Vec<String>) = put
        .facts
        .references
        .iter()
        .map(|(kind, target)| (kind.word().to_owned(), target.clone()))
        .unzip();
    sqlx::query!(
        "insert into mirror.manifest_reference (manifest, kind, target)
         select $1, kind, target from unnest($2::text[], $3::text[]) as given (kind, target)
         on conflict do nothing",
        put.digest.as_str(),
        &kinds,
        &targets,
    )
    .execute(&mut *connection)
    .await
    .map_err(database("insert a manifest's references"))?;
    sqlx::query!(
        "insert into mirror.repository_manifest (repository_id, digest, media_type, subject)
         values ($1, $2, $3, $4)
         on conflict (repository_id, digest) do update set media_type = excluded.media_type, pushed_at = now()",
        repository_id,
        put.digest.as_str(),
        put.facts.media_type,
        put.facts.subject,
    )
    .execute(&mut *connection)
    .await
    .map_err(database("put a manifest into its repository"))?;
    for tag in put.tags {
        point(connection, repository_id, tag, put.digest).await?;
    }
    Ok(repository_id)
}

/// Points a tag at a manifest of the repository.
pub(super) async fn point(
    connection: &mut PgConnection,
    repository_id: i64,
    tag: &Tag,
    digest: &Digest,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into mirror.tag (repository_id, name, digest) values ($1, $2, $3)
         on conflict (repository_id, name) do update set digest = excluded.digest, updated_at = now()",
        repository_id,
        tag.as_str(),
        digest.as_str(),
    )
    .execute(connection)
    .await
    .map_err(database("move a tag"))?;
    Ok(())
}

/// What the manifest refers to and the repository has not.
async fn missing(
    connection: &mut PgConnection,
    repository_id: i64,
    digest: &Digest,
) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar!(
        "select target from mirror.manifest_reference
         where manifest = $1
           and case kind
             when $3 then not exists (select from mirror.repository_blob
                                      where repository_id = $2 and digest = target)
             else not exists (select from mirror.repository_manifest
                              where repository_id = $2 and digest = target)
           end
         order by target",
        digest.as_str(),
        repository_id,
        ReferenceKind::Blob.word(),
    )
    .fetch_all(connection)
    .await
    .map_err(database("look for what a manifest needs"))
}
