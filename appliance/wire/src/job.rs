//! Work that takes time, and what it says while it runs.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::Problem;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JobStatus {
    /// It waits for a worker
    Pending,
    /// A worker has it
    Running,
    /// It was asked to stop and has not yet
    Canceling,
    /// It did what it was for
    Succeeded,
    /// It was stopped
    Canceled,
    /// It could not, and will not be tried again
    Failed,
}

impl JobStatus {
    /// Whether nothing more will happen.
    pub fn ended(self) -> bool {
        match self {
            Self::Pending | Self::Running | Self::Canceling => false,
            Self::Succeeded | Self::Canceled | Self::Failed => true,
        }
    }
}

/// How much a line of a log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// For whoever looks for a fault
    Debug,
    /// For everybody
    Info,
    /// Something that may become a failure
    Warn,
    /// A failure
    Error,
}

/// A line that a job said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// Rising within the job: give the last one seen as `after` to go on
    pub number: i64,
    /// When it was said
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The part of the work it belongs to
    pub stage: String,
    /// How much it matters
    pub level: LogLevel,
    /// At most 1024 characters, without a line break
    pub line: String,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobEnd {
    /// Where it is; one of the ends unless asked too early
    pub status: JobStatus,
    /// Why it failed
    #[serde(default)]
    pub error: Option<Problem>,
}
