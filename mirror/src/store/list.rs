//! What the mirror holds, for people: repositories and tags with sizes.

use time::OffsetDateTime;

use super::Store;
use super::error::{StoreError, database, unsigned};
use crate::RepositoryName;

/// Rows in one answer; a site has some thousand repositories at most.
const ROWS_MAX: i64 = 10_000;

/// A repository and how much it holds.
#[derive(Debug, Clone)]
pub struct RepositorySummary {
    /// Its name.
    pub name: String,
    /// How many tags point into it.
    pub tags: u64,
    /// The bytes of its blobs; other repositories may share them.
    pub size_bytes: u64,
}

/// A tag and what it points at.
#[derive(Debug, Clone)]
pub struct TagSummary {
    /// The tag.
    pub name: String,
    /// The manifest's digest.
    pub digest: String,
    /// The manifest's media type.
    pub media_type: String,
    /// When it was last moved.
    pub updated_at: OffsetDateTime,
}

impl Store {
    /// Repositories behind `after`, in byte order.
    pub async fn repositories(&self, after: &str) -> Result<Vec<RepositorySummary>, StoreError> {
        let rows = sqlx::query!(
            r#"select repository.name,
                      (select count(*) from mirror.tag where repository_id = repository.id) as "tags!",
                      (select coalesce(sum(blob.size_bytes), 0)::bigint
                         from mirror.repository_blob join mirror.blob using (digest)
                        where repository_id = repository.id) as "size_bytes!"
             from mirror.repository where repository.name > $1
             order by repository.name limit $2"#,
            after,
            ROWS_MAX,
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("list repositories"))?;
        let summary = |row: (String, i64, i64)| RepositorySummary {
            name: row.0,
            tags: unsigned(row.1),
            size_bytes: unsigned(row.2),
        };
        Ok(rows.into_iter().map(|row| summary((row.name, row.tags, row.size_bytes))).collect())
    }

    /// The tags of a repository with what they point at.
    pub async fn tag_summaries(
        &self,
        repository: &RepositoryName,
    ) -> Result<Vec<TagSummary>, StoreError> {
        sqlx::query_as!(
            TagSummary,
            "select tag.name, tag.digest, repository_manifest.media_type, tag.updated_at
             from mirror.repository
             join mirror.tag on tag.repository_id = repository.id
             join mirror.repository_manifest
               on repository_manifest.repository_id = repository.id and repository_manifest.digest = tag.digest
             where repository.name = $1 order by tag.name limit $2",
            repository.as_str(),
            ROWS_MAX,
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("list tags"))
    }
}
