//! Commands about workspaces. They stand at the top level, as in Coder: `atoll create`, `atoll
//! start`; this folder keeps them together.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod logs;
pub(super) mod parameters;
pub(super) mod show;

use std::time::Duration;

use atoll_wire::{AgentState, Workspace, WorkspaceStatus};
use tokio::time::Instant;

use super::follow;
use super::wait::Until;
use super::{Console, wait::Wait};
use crate::client::{Client, paths};
use crate::error::{Outcome, Problem, codes};

/// The pause between two looks at an agent that is about to connect.
const AGENT_POLL: Duration = Duration::from_millis(200);

/// The workspace a person means: `NAME`, or `OWNER/NAME` for somebody else's.
pub(super) async fn find(client: &Client, text: &str) -> Outcome<Workspace> {
    let (owner, name) =
        text.split_once('/').map_or((None, text), |(owner, name)| (Some(owner), name));
    let mut path = format!("{}?name={}", paths::WORKSPACES, paths::escape(name));
    if let Some(owner) = owner {
        path = path + "&owner=" + &paths::escape(owner);
    }
    let mut found: Vec<Workspace> = client.list(&path).await?;
    if let Some(workspace) = found.pop() {
        return Ok(workspace);
    }
    let problem =
        Problem::new(&codes::client::WORKSPACE_UNKNOWN, format!("there is no workspace `{text}`"));
    let all: Vec<Workspace> = client.list(paths::WORKSPACES).await?;
    Err(match crate::suggest::nearest(name, all.iter().map(|workspace| workspace.name.as_str())) {
        Some(near) => problem.remedy(format!("did you mean `{near}`? `atoll list` shows all")),
        None => problem,
    })
}

/// Follows a workspace's latest build as far as the person wants.
pub(super) async fn wait(
    console: &mut Console,
    client: &Client,
    workspace: &Workspace,
    wait: &Wait,
) -> Outcome<()> {
    let deadline = wait.deadline();
    match wait.wait {
        Until::None => Ok(()),
        Until::Build => follow::job(console, client, workspace.latest_build.job_id, deadline).await,
        Until::Agent => {
            follow::job(console, client, workspace.latest_build.job_id, deadline).await?;
            agents(client, workspace, deadline).await
        }
    }
}

/// Waits until every agent of the latest build is connected.
async fn agents(client: &Client, workspace: &Workspace, deadline: Instant) -> Outcome<()> {
    loop {
        let now: Workspace = client.get(&paths::workspace(workspace.id)).await?;
        let agents = &now.latest_build.agents;
        if agents.iter().all(|agent| agent.state == AgentState::Connected) {
            return Ok(());
        }
        if let Some(late) = agents.iter().find(|agent| agent.state == AgentState::Timeout) {
            let message =
                format!("the agent `{}` of `{}` did not connect in its time", late.name, now.name);
            return Err(Problem::new(&codes::client::AGENT_ABSENT, message));
        }
        if Instant::now() + AGENT_POLL >= deadline {
            return Err(follow::timed_out());
        }
        tokio::time::sleep(AGENT_POLL).await;
    }
}

/// The one word for what a workspace is.
pub(super) fn status(status: WorkspaceStatus) -> &'static str {
    match status {
        WorkspaceStatus::Pending => "pending",
        WorkspaceStatus::Starting => "starting",
        WorkspaceStatus::Running => "running",
        WorkspaceStatus::Stopping => "stopping",
        WorkspaceStatus::Stopped => "stopped",
        WorkspaceStatus::Deleting => "deleting",
        WorkspaceStatus::Deleted => "deleted",
        WorkspaceStatus::Canceling => "canceling",
        WorkspaceStatus::Canceled => "canceled",
        WorkspaceStatus::Failed => "failed",
    }
}
