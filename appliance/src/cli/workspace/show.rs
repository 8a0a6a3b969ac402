//! `atoll show`

use atoll_wire::{AgentState, Workspace};
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::{Table, moment};
use crate::client::Connection;

/// Arguments of `atoll show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll show web\n  atoll show ada/web -o json")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
}

/// One workspace, a line a fact.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct View(pub Workspace);

impl Table for View {
    fn columns(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let workspace = &self.0;
        let build = &workspace.latest_build;
        let mut rows = vec![
            vec!["workspace".to_owned(), format!("{}/{}", workspace.owner, workspace.name)],
            vec!["status".to_owned(), super::status(workspace.status).to_owned()],
            vec![
                "template".to_owned(),
                format!("{} version {}", workspace.template, build.template_version),
            ],
            vec![
                "build".to_owned(),
                format!("{} by {}, {}", build.number, build.initiator, moment(build.created_at)),
            ],
        ];
        if let Some(error) = &build.error {
            rows.push(vec!["error".to_owned(), error.message.clone()]);
            rows.push(vec!["remedy".to_owned(), error.remedy.clone()]);
        }
        for agent in &build.agents {
            rows.push(vec![format!("agent {}", agent.name), state(agent.state).to_owned()]);
        }
        for (name, value) in &build.parameters {
            rows.push(vec![format!("parameter {name}"), crate::cli::console::printable(value)]);
        }
        rows
    }
}

fn state(state: AgentState) -> &'static str {
    match state {
        AgentState::Connecting => "connecting",
        AgentState::Connected => "connected",
        AgentState::Disconnected => "disconnected",
        AgentState::Timeout => "did not connect in its time",
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        console.data(&View(super::find(&client, &self.workspace).await?))
    }
}
