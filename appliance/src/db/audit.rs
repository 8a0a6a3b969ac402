//! Who did what.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `audit_log`.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Rising.
    pub id: i64,
    /// When.
    pub at: OffsetDateTime,
    /// Who.
    pub actor_id: Option<Uuid>,
    /// Who, by the name they had.
    pub actor_name: String,
    /// The way in.
    pub via: String,
    /// From where.
    pub address: String,
    /// Which request.
    pub request_id: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub resource_kind: String,
    /// To which.
    pub resource_id: String,
    /// By the name it had.
    pub resource_name: String,
    /// `allowed`, `refused` or `failed`.
    pub outcome: String,
    /// Further facts; no secrets.
    pub details: Value,
}

/// Inserts a row; its `id` is ignored.
pub async fn insert(
    connection: &mut PgConnection,
    organization_id: Uuid,
    row: &AuditRow,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into audit_log (organization_id, at, actor_id, actor_name, via, address,
                                request_id, action, resource_kind, resource_id, resource_name,
                                outcome, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        organization_id,
        row.at,
        row.actor_id,
        row.actor_name,
        row.via,
        row.address,
        row.request_id,
        row.action,
        row.resource_kind,
        row.resource_id,
        row.resource_name,
        row.outcome,
        row.details
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Rows, newest first, from before `before`.
pub async fn list(
    connection: &mut PgConnection,
    before: i64,
    limit: i64,
) -> sqlx::Result<Vec<AuditRow>> {
    sqlx::query_as!(
        AuditRow,
        "select id, at, actor_id, actor_name, via, address, request_id, action, resource_kind,
                resource_id, resource_name, outcome, details
         from audit_log where id < $1 order by id desc limit $2",
        before,
        limit
    )
    .fetch_all(connection)
    .await
}
