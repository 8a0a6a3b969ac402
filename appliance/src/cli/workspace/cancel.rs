//! `atoll cancel`

use reqwest::Method;

use crate::cli::Console;
use crate::client::{Connection, paths};

/// Arguments of `atoll cancel`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll cancel web")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let workspace = super::find(&client, &self.workspace).await?;
        let build = &workspace.latest_build;
        client.act(Method::POST, &format!("{}/cancel", paths::build(build.id))).await?;
        console.note(&format!("build {} of `{}` is asked to stop", build.number, workspace.name));
        Ok(())
    }
}
