//! Referrers: the manifests of a repository that are about another one.

use super::Store;
use super::error::{StoreError, database};
use crate::RepositoryName;
use crate::manifest::ReferrerDescriptor;

/// Descriptors in one answer. With annotations of ordinary size the answer stays below the limit
/// of a manifest.
const REFERRERS_PAGE_MAX: usize = 500;
/// Annotations together, so that 500 extraordinary ones do not make an answer of gigabytes.
const ANNOTATION_BYTES_MAX: usize = 3 * 1024 * 1024;

/// A part of the list.
#[derive(Debug)]
pub struct ReferrerPage {
    /// In the order of their digests.
    pub descriptors: Vec<ReferrerDescriptor>,
    /// Whether there are some behind the last of these.
    pub more: bool,
}

impl Store {
    /// The manifests whose subject is this digest, those behind `after`, of one artifact type if
    /// one is given. An unknown repository has none.
    pub async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &str,
        artifact_type: Option<&str>,
        after: Option<&str>,
    ) -> Result<ReferrerPage, StoreError> {
        let mut rows = sqlx::query!(
            r#"select manifest.digest, repository_manifest.media_type, manifest.artifact_type,
                      manifest.annotations, octet_length(manifest.content)::bigint as "size_bytes!"
             from mirror.repository
             join mirror.repository_manifest on repository_manifest.repository_id = repository.id
             join mirror.manifest on manifest.digest = repository_manifest.digest
             where repository.name = $1 and repository_manifest.subject = $2
               and ($3::text is null or manifest.artifact_type = $3)
               and manifest.digest > $4
             order by manifest.digest limit $5"#,
            repository.as_str(),
            subject,
            artifact_type,
            after.unwrap_or_default(),
            i64::try_from(REFERRERS_PAGE_MAX + 1).unwrap_or(i64::MAX),
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("list referrers"))?;
        let mut more = rows.len() > REFERRERS_PAGE_MAX;
        rows.truncate(REFERRERS_PAGE_MAX);
        let mut annotation_bytes = 0;
        let mut descriptors = Vec::new();
        for row in rows {
            annotation_bytes +=
                row.annotations.as_ref().map_or(0, |annotations| annotations.to_string().len());
            if annotation_bytes > ANNOTATION_BYTES_MAX && !descriptors.is_empty() {
                more = true;
                break;
            }
            descriptors.push(ReferrerDescriptor {
                media_type: row.media_type,
                digest: row.digest,
                size: row.size_bytes,
                artifact_type: row.artifact_type,
                annotations: row.annotations,
            });
        }
        Ok(ReferrerPage { descriptors, more })
    }
}
