//! Repositories: rows that come into being with the first thing put under their name.

use sqlx::PgConnection;

use super::Store;
use super::error::{StoreError, database};
use crate::RepositoryName;

/// The repository's id, made if need be.
pub(super) async fn ensure(
    connection: &mut PgConnection,
    name: &RepositoryName,
) -> Result<i64, StoreError> {
    let known =
        sqlx::query_scalar!("select id from mirror.repository where name = $1", name.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(database("look up a repository"))?;
    if let Some(id) = known {
        return Ok(id);
    }
    // An update that changes nothing, so that the id comes back whoever was first.
    sqlx::query_scalar!(
        "insert into mirror.repository (name) values ($1)
         on conflict (name) do update set name = excluded.name
         returning id",
        name.as_str(),
    )
    .fetch_one(connection)
    .await
    .map_err(database("make a repository"))
}

impl Store {
    /// Whether anything was ever put under this name.
    pub async fn has_repository(&self, name: &RepositoryName) -> Result<bool, StoreError> {
        sqlx::query_scalar!(
            r#"select exists(select from mirror.repository where name = $1) as "exists!""#,
            name.as_str(),
        )
        .fetch_one(self.pool())
        .await
        .map_err(database("look up a repository"))
    }
}
