//! The program in a workspace, as the API shows it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether an agent can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AgentState {
    /// It has not come yet
    Connecting,
    /// It can be reached
    Connected,
    /// It was connected and is not now
    Disconnected,
    /// It did not come in the time it had
    Timeout,
}

/// The program in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceAgent {
    /// The agent's id
    pub id: Uuid,
    /// Unique within the build
    pub name: String,
    /// Whether it can be reached
    pub state: AgentState,
    /// Its own version; empty until it connected
    pub version: String,
    /// The kernel it runs on; empty until it connected
    pub os: String,
    /// The processor it runs on; empty until it connected
    pub architecture: String,
    /// Where a shell starts; empty until it connected
    pub directory: String,
    /// When it first connected
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub first_connected_at: Option<OffsetDateTime>,
    /// When it was last heard of
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub last_seen_at: Option<OffsetDateTime>,
}
