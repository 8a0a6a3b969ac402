//! Workspaces.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Build;

/// What a workspace is at this moment: its latest build's transition and status, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkspaceStatus {
    /// A start waits for a worker
    Pending,
    /// A start is under way
    Starting,
    /// The last start succeeded
    Running,
    /// A stop waits or is under way
    Stopping,
    /// The last stop succeeded
    Stopped,
    /// A delete waits or is under way
    Deleting,
    /// It is gone
    Deleted,
    /// The latest build was asked to stop and has not yet
    Canceling,
    /// The latest build was stopped
    Canceled,
    /// The latest build failed
    Failed,
}

/// A development environment that somebody owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Workspace {
    /// The workspace's id
    pub id: Uuid,
    /// Unique among its owner's; a DNS label
    pub name: String,
    /// The owner's id
    pub owner_id: Uuid,
    /// The owner's name
    pub owner: String,
    /// The template it was made from
    pub template_id: Uuid,
    /// That template's name
    pub template: String,
    /// What it is at this moment
    pub status: WorkspaceStatus,
    /// Whether the template has a version other than the one it uses
    pub outdated: bool,
    /// The build that made it what it is
    pub latest_build: Build,
    /// The SSH host key of the workspace, in OpenSSH's form; absent until it first started
    #[serde(default)]
    pub host_key: Option<String>,
    /// When it was made
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When somebody last worked in it
    #[serde(with = "time::serde::rfc3339")]
    pub last_used_at: OffsetDateTime,
}

/// A workspace to be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWorkspace {
    /// A DNS label, unique among one's own
    pub name: String,
    /// The template's name
    pub template: String,
    /// The number of the template's version; absent: the active one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_version: Option<i32>,
    /// Answers to the template's questions
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Who shall own it, for owners of the site; absent: oneself
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}
