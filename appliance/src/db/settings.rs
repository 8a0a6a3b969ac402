//! What the site remembers about itself that is neither configuration nor a key.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;

/// The value under this key.
pub async fn get(connection: &mut PgConnection, key: &str) -> sqlx::Result<Option<Value>> {
    sqlx::query_scalar!("select value from site_settings where key = $1", key)
        .fetch_optional(connection)
        .await
}

/// Keeps a value under this key.
pub async fn put(
    connection: &mut PgConnection,
    key: &str,
    value: Value,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into site_settings (key, value, updated_at) values ($1, $2, $3)
         on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at",
        key,
        value,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}
