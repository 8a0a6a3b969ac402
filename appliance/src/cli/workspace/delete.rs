//! `atoll delete`

use std::collections::BTreeMap;

use atoll_wire::{Build, CreateBuild, Transition};

use crate::cli::confirm::Confirm;
use crate::cli::wait::{Until, Wait};
use crate::cli::{Console, follow};
use crate::client::{Connection, paths};

/// Arguments of `atoll delete`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll delete web --yes\n  atoll delete web --dry-run")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    wait: Wait,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let workspace = super::find(&client, &self.workspace).await?;
        let what = format!(
            "deletes the workspace `{}/{}` and everything in its volumes",
            workspace.owner, workspace.name
        );
        if !self.confirm.ask(console, &what)? {
            return Ok(());
        }
        let build = CreateBuild {
            transition: Transition::Delete,
            template_version: None,
            parameters: BTreeMap::new(),
        };
        let build: Build = client.post(&paths::builds(workspace.id), &build).await?;
        if self.wait.wait != Until::None {
            follow::log(console, &client, &paths::build_log(build.id), self.wait.deadline())
                .await?;
            console.note(&format!("`{}/{}` is deleted", workspace.owner, workspace.name));
        }
        Ok(())
    }
}
