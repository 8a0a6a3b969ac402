//! One change of a workspace from one state to another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{JobStatus, Problem, WorkspaceAgent};

/// What a build brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transition {
    /// It runs
    Start,
    /// It does not run; what must outlive it is kept
    Stop,
    /// Nothing of it is left
    Delete,
}

/// A build to be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBuild {
    /// What it brings about
    pub transition: Transition,
    /// The number of the template's version; absent: the workspace's own
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_version: Option<i32>,
    /// Values that differ from the last build's
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// One change of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Build {
    /// The build's id
    pub id: Uuid,
    /// The workspace it changes
    pub workspace_id: Uuid,
    /// Rising within the workspace
    pub number: i32,
    /// What it brings about
    pub transition: Transition,
    /// Where it is
    pub status: JobStatus,
    /// Its job, whose log can be read
    pub job_id: Uuid,
    /// The version of the template it uses
    pub template_version_id: Uuid,
    /// That version's number
    pub template_version: i32,
    /// Who asked for it
    pub initiator: String,
    /// Name to value
    pub parameters: BTreeMap<String, String>,
    /// Why it failed
    #[serde(default)]
    pub error: Option<Problem>,
    /// The agents it made
    pub agents: Vec<WorkspaceAgent>,
    /// When it was asked for
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When a worker took it
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it ended
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub completed_at: Option<OffsetDateTime>,
}
