//! Tags: listing them in byte order, a page at a time, and deleting them.

use super::Store;
use super::error::{StoreError, database};
use crate::{RepositoryName, Tag};

/// Tags in one answer when the client does not say, and at most: 10,000 tags of 128 bytes make an
/// answer of about 1.3 MB.
pub(crate) const TAGS_PAGE_MAX: u32 = 10_000;

/// A part of a repository's tags.
#[derive(Debug)]
pub struct TagPage {
    /// In byte order.
    pub tags: Vec<String>,
    /// Whether there are tags behind the last of these.
    pub more: bool,
}

impl Store {
    /// At most `limit` tags behind `after`; `None` if there is no such repository.
    pub async fn tags(
        &self,
        repository: &RepositoryName,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Option<TagPage>, StoreError> {
        if !self.has_repository(repository).await? {
            return Ok(None);
        }
        let limit = limit.min(TAGS_PAGE_MAX);
        // One more than asked tells whether there are more.
        let mut tags = sqlx::query_scalar!(
            "select tag.name from mirror.tag
             join mirror.repository on repository.id = tag.repository_id
             where repository.name = $1 and tag.name > $2
             order by tag.name limit $3",
            repository.as_str(),
            after.unwrap_or_default(),
            i64::from(limit) + 1,
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("list tags"))?;
        let limit = limit as usize;
        let more = tags.len() > limit;
        tags.truncate(limit);
        Ok(Some(TagPage { tags, more }))
    }

    /// Deletes a tag; false if there was none. The manifest stays.
    pub async fn delete_tag(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
    ) -> Result<bool, StoreError> {
        let deleted = sqlx::query!(
            "delete from mirror.tag using mirror.repository
             where repository.id = tag.repository_id and repository.name = $1 and tag.name = $2",
            repository.as_str(),
            tag.as_str(),
        )
        .execute(self.pool())
        .await
        .map_err(database("delete a tag"))?;
        self.forget_lookups();
        Ok(deleted.rows_affected() > 0)
    }
}
