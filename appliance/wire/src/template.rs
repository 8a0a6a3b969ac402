//! Templates and their versions.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{JobStatus, Parameter, Problem};

/// What workspaces are made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Template {
    /// The template's id
    pub id: Uuid,
    /// Unique; lower-case letters, digits and hyphens
    pub name: String,
    /// What a person reads; falls back to the name
    pub display_name: String,
    /// What it is for
    pub description: String,
    /// A path or name of a picture
    pub icon: String,
    /// The number of the version new workspaces get; absent until an import succeeded
    pub active_version: Option<i32>,
    /// The id of that version
    pub active_version_id: Option<Uuid>,
    /// How many workspaces were made from it and still are
    pub workspaces: i64,
    /// When it was made
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it last changed
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

/// What changes about a template; absent fields stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTemplate {
    /// What a person reads
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it is for
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A path or name of a picture
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The number of the version that new workspaces get from now on
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_version: Option<i32>,
}

/// A directory of files that never changes, and what its import found in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateVersion {
    /// The version's id
    pub id: Uuid,
    /// The template it belongs to
    pub template_id: Uuid,
    /// The template's name
    pub template_name: String,
    /// Rising within the template
    pub number: i32,
    /// What the pusher said about it
    pub message: String,
    /// What turns it into running things: `kubernetes` or `echo`
    pub driver: String,
    /// Whether new workspaces get it
    pub active: bool,
    /// Where its import is
    pub status: JobStatus,
    /// The import's job, whose log can be read
    pub job_id: Uuid,
    /// Why the import failed
    #[serde(default)]
    pub error: Option<Problem>,
    /// What it asks; empty until the import succeeded
    pub parameters: Vec<Parameter>,
    /// Its README.md
    pub readme: String,
    /// The SHA-256 of its files, in hex
    pub files_sha256: String,
    /// When it was pushed
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}
