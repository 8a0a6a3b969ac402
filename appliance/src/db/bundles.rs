//! Bundles taken in, and the newest of each stream.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// The key under which imports wait for each other at their last step.
const LOCK: i64 = 0x0061_746f_6c6c_0001;

/// A bundle in the ledger.
#[derive(Debug, Clone)]
pub struct BundleRow {
    /// The digest of its index.
    pub id: String,
    /// Who made it.
    pub publisher: String,
    /// The line of releases.
    pub stream: String,
    /// The place in it.
    pub version: String,
    /// When it was made.
    pub made_at: OffsetDateTime,
    /// The fingerprint of the root.
    pub root: String,
    /// The fingerprint of the key that signed.
    pub signer: String,
    /// Its length.
    pub size_bytes: i64,
    /// `whole` or `content-only`.
    pub mode: String,
    /// When it was last taken in.
    pub imported_at: OffsetDateTime,
    /// The signed record of that.
    pub receipt: String,
}

/// Waits for other imports to finish their last step; held until the transaction ends.
pub async fn lock(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK).execute(connection).await.map(drop)
}

/// The bundle with this id.
pub async fn by_id(connection: &mut PgConnection, id: &str) -> sqlx::Result<Option<BundleRow>> {
    sqlx::query_as!(
        BundleRow,
        "select id, publisher, stream, version, made_at, root, signer, size_bytes, mode,
                imported_at, receipt
         from bundles where id = $1",
        id
    )
    .fetch_optional(connection)
    .await
}

/// The bundles taken in last.
pub async fn list(connection: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<BundleRow>> {
    sqlx::query_as!(
        BundleRow,
        "select id, publisher, stream, version, made_at, root, signer, size_bytes, mode,
                imported_at, receipt
         from bundles order by imported_at desc limit $1",
        limit
    )
    .fetch_all(connection)
    .await
}

/// Writes a bundle into the ledger. One that is in it keeps `whole` once it had that.
pub async fn insert(connection: &mut PgConnection, row: &BundleRow) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into bundles (id, publisher, stream, version, made_at, root, signer, size_bytes,
                              mode, imported_at, receipt)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (id) do update set
             mode = case when bundles.mode = 'whole' then 'whole' else excluded.mode end,
             imported_at = excluded.imported_at, receipt = excluded.receipt",
        row.id,
        row.publisher,
        row.stream,
        row.version,
        row.made_at,
        row.root,
        row.signer,
        row.size_bytes,
        row.mode,
        row.imported_at,
        row.receipt
    )
    .execute(connection)
    .await
    .map(drop)
}

/// The newest version of a stream.
pub async fn newest(
    connection: &mut PgConnection,
    publisher: &str,
    stream: &str,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select version from bundle_streams where publisher = $1 and stream = $2",
        publisher,
        stream
    )
    .fetch_optional(connection)
    .await
}

/// Makes a bundle the newest of its stream.
pub async fn set_newest(connection: &mut PgConnection, row: &BundleRow) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into bundle_streams (publisher, stream, version, bundle_id)
         values ($1, $2, $3, $4)
         on conflict (publisher, stream) do update set
             version = excluded.version, bundle_id = excluded.bundle_id",
        row.publisher,
        row.stream,
        row.version,
        row.id
    )
    .execute(connection)
    .await
    .map(drop)
}
