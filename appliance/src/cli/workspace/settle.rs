//! Staying until a workspace is what was asked for.

use std::time::Duration;

use atoll_wire::{AgentState, Workspace};
use tokio::time::Instant;

use crate::cli::wait::{Until, Wait};
use crate::cli::{Console, follow};
use crate::client::{Client, paths};
use crate::error::{Outcome, Problem, codes};

/// The pause between two looks at an agent that is about to connect.
const AGENT_POLL: Duration = Duration::from_millis(200);

/// Follows a workspace's latest build as far as the person wants.
pub(super) async fn settle(
    console: &mut Console,
    client: &Client,
    workspace: &Workspace,
    wait: &Wait,
) -> Outcome<()> {
    let deadline = wait.deadline();
    match wait.wait {
        Until::None => Ok(()),
        Until::Build => {
            follow::log(console, client, &paths::build_log(workspace.latest_build.id), deadline)
                .await
        }
        Until::Agent => {
            follow::log(console, client, &paths::build_log(workspace.latest_build.id), deadline)
                .await?;
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
