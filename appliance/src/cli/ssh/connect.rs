//! From a workspace's name to an open line to its agent.

use std::time::Duration;

use atoll_wire::{Workspace, WorkspaceStatus};
use tokio::time::Instant;

use super::tunnel::Tunnel;
use crate::cli::workspace;
use crate::client::{Client, paths};
use crate::error::{Outcome, Problem, codes};

/// The pause between two attempts at a workspace that is just starting.
const POLL: Duration = Duration::from_millis(400);

/// What is to be reached.
pub(super) struct Target<'a> {
    pub(super) workspace: &'a str,
    pub(super) agent: Option<&'a str>,
    /// Seconds to wait for an agent that is on its way.
    pub(super) wait: u32,
}

/// A workspace and a line to it.
pub(super) struct Reached {
    pub(super) workspace: Workspace,
    pub(super) stream: Tunnel,
}

/// Opens an SSH line to the target.
pub(super) async fn ssh(client: &Client, target: &Target<'_>) -> Outcome<Reached> {
    let workspace = workspace::find(client, target.workspace).await?;
    let path = paths::tunnel(workspace.id, "ssh", target.agent);
    let stream = patiently(client, &workspace, &path, target.wait).await?;
    // The key is made with the first start: what was read before the agent came may lack it.
    let workspace = if workspace.host_key.is_none() {
        client.get(&paths::workspace(workspace.id)).await?
    } else {
        workspace
    };
    Ok(Reached { workspace, stream })
}

/// Opens a line, waiting for an agent that is about to connect.
async fn patiently(
    client: &Client,
    workspace: &Workspace,
    path: &str,
    wait: u32,
) -> Outcome<Tunnel> {
    let deadline = Instant::now() + Duration::from_secs(wait.into());
    let mut status = workspace.status;
    loop {
        refuse_stopped(workspace, status)?;
        match client.websocket(path).await {
            Ok(socket) => return Ok(Tunnel::new(socket)),
            Err(problem)
                if problem.code() != &codes::agent::AWAY || Instant::now() + POLL > deadline =>
            {
                return Err(problem);
            }
            Err(_) => tokio::time::sleep(POLL).await,
        }
        let now: Workspace = client.get(&paths::workspace(workspace.id)).await?;
        status = now.status;
    }
}

fn refuse_stopped(workspace: &Workspace, status: WorkspaceStatus) -> Outcome<()> {
    match status {
        WorkspaceStatus::Pending | WorkspaceStatus::Starting | WorkspaceStatus::Running => Ok(()),
        WorkspaceStatus::Stopping
        | WorkspaceStatus::Stopped
        | WorkspaceStatus::Deleting
        | WorkspaceStatus::Deleted
        | WorkspaceStatus::Canceling
        | WorkspaceStatus::Canceled
        | WorkspaceStatus::Failed => {
            let (name, word) = (&workspace.name, workspace::status(status));
            let problem =
                Problem::new(&codes::ssh::NOT_RUNNING, format!("the workspace `{name}` is {word}"));
            Err(problem.remedy(format!(
                "start it: `atoll start {name}`; `atoll show {name}` says why it is {word}"
            )))
        }
    }
}
