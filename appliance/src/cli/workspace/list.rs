//! `atoll list`

use atoll_wire::Workspace;
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::Table;
use crate::client::{Connection, paths};

/// Arguments of `atoll list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll list\n  atoll list --all -o json")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// Everybody's, for owners of the site
    #[arg(long, short = 'a')]
    all: bool,
    /// Somebody's, for owners of the site
    #[arg(long, value_name = "USER", conflicts_with = "all")]
    owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Workspaces(Vec<Workspace>);

impl Table for Workspaces {
    fn columns(&self) -> Vec<&'static str> {
        vec!["workspace", "template", "version", "status", "changed"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |workspace: &Workspace| {
            vec![
                format!("{}/{}", workspace.owner, workspace.name),
                workspace.template.clone(),
                format!(
                    "{}{}",
                    workspace.latest_build.template_version,
                    if workspace.outdated { " (outdated)" } else { "" }
                ),
                super::status(workspace.status).to_owned(),
                crate::cli::console::moment(workspace.latest_build.created_at),
            ]
        };
        self.0.iter().map(row).collect()
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let path = match self.owner {
            Some(owner) => format!("{}?owner={}", paths::WORKSPACES, paths::escape(&owner)),
            None if self.all => format!("{}?all=true", paths::WORKSPACES),
            None => paths::WORKSPACES.to_owned(),
        };
        console.data(&Workspaces(client.list(&path).await?))
    }
}
