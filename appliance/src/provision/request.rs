//! Everything a driver is told for one build.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;
use uuid::Uuid;

use super::{Inventory, TemplateFiles, Transition};
use crate::secret::Secret;

/// Who a workspace is. The id names its objects; the names are for people and may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceIdentity {
    /// The workspace.
    pub id: Uuid,
    /// Its name, a DNS label.
    pub name: String,
    /// Whose it is.
    pub owner_id: Uuid,
    /// The owner's user name.
    pub owner_name: String,
}

/// An agent of the template, and the token its process in the workspace authenticates with.
#[derive(Debug, Clone)]
pub struct AgentGrant {
    /// The agent's name in the template.
    pub name: String,
    /// The agent's row, new for each build.
    pub id: Uuid,
    /// Valid once the build's apply succeeds.
    pub token: Secret,
}

/// How a workspace reaches this site.
#[derive(Debug, Clone)]
pub struct ServerAccess {
    /// The addresses to try, best first; at least one.
    pub urls: Vec<Url>,
    /// The certificates to trust, PEM, old and new together during a rotation.
    pub ca_pem: String,
    /// The image the agent is copied from, `atoll.site/agent:VERSION`.
    pub agent_image: String,
}

/// One build of one workspace.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The workspace.
    pub workspace: WorkspaceIdentity,
    /// Where to take it.
    pub transition: Transition,
    /// Rises with every build of the workspace.
    pub build_number: i64,
    /// The template version's files.
    pub files: Arc<TemplateFiles>,
    /// A value for every parameter of the template, judged by the parameter's rules.
    pub parameters: BTreeMap<String, String>,
    /// One grant for each agent of the template; empty unless the workspace is to run.
    pub agents: Vec<AgentGrant>,
    /// How the agents find their way home.
    pub server: ServerAccess,
    /// What the last build, failed or not, left behind.
    pub previous: Inventory,
    /// How long the workspace may take to run or to be gone before the build fails.
    pub ready_within: Duration,
}
