//! Sessions and API tokens.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `tokens`.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// The public part of the token.
    pub id: String,
    /// Whose it is.
    pub user_id: Uuid,
    /// `session` or `api`.
    pub kind: String,
    /// What the maker called it.
    pub name: String,
    /// The SHA-256 of the secret part.
    pub secret_hash: Vec<u8>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: OffsetDateTime,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
    /// From where it was last used.
    pub last_used_address: Option<String>,
}

/// The token with this public part.
pub async fn by_id(connection: &mut PgConnection, id: &str) -> sqlx::Result<Option<TokenRow>> {
    sqlx::query_as!(TokenRow, "select * from tokens where id = $1", id)
        .fetch_optional(connection)
        .await
}

/// A user's tokens that have not ended, newest first.
pub async fn list(
    connection: &mut PgConnection,
    user_id: Uuid,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<TokenRow>> {
    sqlx::query_as!(
        TokenRow,
        "select * from tokens where user_id = $1 and expires_at > $2
         order by created_at desc, id limit $3",
        user_id,
        now,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Inserts a token.
pub async fn insert(connection: &mut PgConnection, row: &TokenRow) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into tokens (id, user_id, kind, name, secret_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        row.id,
        row.user_id,
        row.kind,
        row.name,
        row.secret_hash,
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
    address: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update tokens set last_used_at = $2, last_used_address = $3 where id = $1",
        id,
        now,
        address
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Moves the end of a session that is in use.
pub async fn extend(
    connection: &mut PgConnection,
    id: &str,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!("update tokens set expires_at = $2 where id = $1", id, expires_at)
        .execute(connection)
        .await
        .map(drop)
}

/// Removes a token; says whether there was one.
pub async fn delete(connection: &mut PgConnection, id: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!("delete from tokens where id = $1", id).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// Removes all tokens of a user but one: after a new password, a suspension or a removal.
pub async fn delete_others(
    connection: &mut PgConnection,
    user_id: Uuid,
    kept: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!("delete from tokens where user_id = $1 and id is distinct from $2", user_id, kept)
        .execute(connection)
        .await
        .map(drop)
}

/// Removes a bounded number of tokens that have ended.
pub async fn delete_ended(
    connection: &mut PgConnection,
    before: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "delete from tokens where id in
             (select id from tokens where expires_at < $1 order by expires_at limit $2)",
        before,
        limit
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
