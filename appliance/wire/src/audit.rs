//! Who did what.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A line of the audit log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Rising
    pub id: i64,
    /// When
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who, by the name they had
    pub actor: String,
    /// The way in: `token`, `session`, `socket` or `job`
    pub via: String,
    /// From where; empty for the local socket
    pub address: String,
    /// In which request
    pub request_id: String,
    /// What was done: `workspace.create`
    pub action: String,
    /// To which, by id
    pub resource_id: String,
    /// To which, by the name it had
    pub resource_name: String,
    /// `allowed`, `refused` or `failed`
    pub outcome: String,
    /// Further facts
    pub details: serde_json::Value,
}
