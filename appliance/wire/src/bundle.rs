//! Bundles: what was taken in, and asking for one to be.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A bundle in the site's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bundle {
    /// The digest of its signed index
    pub id: String,
    /// Who made it
    pub publisher: String,
    /// The line of releases it belongs to
    pub stream: String,
    /// Its place in that line
    pub version: String,
    /// When it was made
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
    /// The fingerprint of the root it was signed under
    pub root: String,
    /// Its length
    pub size_bytes: i64,
    /// `whole`, or `content-only` when no tag and no template was moved
    pub mode: String,
    /// When it was last taken in
    #[serde(with = "time::serde::rfc3339")]
    pub imported_at: OffsetDateTime,
    /// The record of that, signed by the site
    pub receipt: String,
}

/// A bundle to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportBundle {
    /// Where it lies on the server's machine: an absolute path
    pub path: String,
    /// Whether tags and templates stay as they are
    #[serde(default)]
    pub content_only: bool,
    /// Whether only to say what would be done
    #[serde(default)]
    pub dry_run: bool,
}

/// Work that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StartedJob {
    /// The job, whose log says how it goes
    pub job_id: Uuid,
}
