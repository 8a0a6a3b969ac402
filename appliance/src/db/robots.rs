//! Robots: tokens of machines that use the mirror.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `robots`.
#[derive(Debug, Clone)]
pub struct RobotRow {
    /// The public part of its token.
    pub id: String,
    /// Whose it is.
    pub organization_id: Uuid,
    /// What the maker called it; several may have one name.
    pub name: String,
    /// `pull` or `push`.
    pub scope: String,
    /// The SHA-256 of the secret part.
    pub secret_hash: Vec<u8>,
    /// Who made it.
    pub created_by: Uuid,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends; absent: when it is revoked.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
}

/// The robot with this public part.
pub async fn by_id(connection: &mut PgConnection, id: &str) -> sqlx::Result<Option<RobotRow>> {
    sqlx::query_as!(RobotRow, "select * from robots where id = $1", id)
        .fetch_optional(connection)
        .await
}

/// Every robot, by name, the newest first within one name.
pub async fn list(connection: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<RobotRow>> {
    sqlx::query_as!(
        RobotRow,
        "select * from robots order by name, created_at desc, id limit $1",
        limit
    )
    .fetch_all(connection)
    .await
}

/// Inserts a robot.
pub async fn insert(connection: &mut PgConnection, row: &RobotRow) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into robots (id, organization_id, name, scope, secret_hash, created_by, created_at,
                             expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        row.id,
        row.organization_id,
        row.name,
        row.scope,
        row.secret_hash,
        row.created_by,
        row.created_at,
        row.expires_at
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Notes a use.
pub async fn used(
    connection: &mut PgConnection,
    id: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!("update robots set last_used_at = $2 where id = $1", id, now)
        .execute(connection)
        .await
        .map(drop)
}

/// Removes the robots of this id or name; their ids.
pub async fn delete(connection: &mut PgConnection, id_or_name: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("delete from robots where id = $1 or name = $1 returning id", id_or_name)
        .fetch_all(connection)
        .await
}
