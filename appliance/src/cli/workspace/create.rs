//! `atoll create`

use atoll_wire::{CreateWorkspace, Workspace};

use super::parameters::Parameters;
use super::show::View;
use crate::cli::Console;
use crate::cli::wait::Wait;
use crate::client::{Connection, paths};

/// Arguments of `atoll create`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll create web --template kubernetes-shell\n  atoll create web -t kubernetes-shell -p cpu=2 -p memory=4\n  atoll create web -t kubernetes-shell --wait none -o json"
)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// A name: lower-case letters, digits and hyphens
    name: String,
    /// The template to make it from
    #[arg(long, short = 't', value_name = "NAME")]
    template: String,
    /// A version of the template [default: the active one]
    #[arg(long, value_name = "NUMBER")]
    template_version: Option<i32>,
    /// Who shall own it, for owners of the site [default: you]
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    wait: Wait,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let request = CreateWorkspace {
            name: self.name,
            template: self.template,
            template_version: self.template_version,
            parameters: self.parameters.values()?,
            owner: self.owner,
        };
        let workspace: Workspace = client.post(paths::WORKSPACES, &request).await?;
        super::settle(console, &client, &workspace, &self.wait).await?;
        console.data(&View(client.get(&paths::workspace(workspace.id)).await?))
    }
}
