//! `atoll start` and `atoll stop`

use atoll_wire::{Build, CreateBuild, Transition};

use super::parameters::Parameters;
use super::show::View;
use crate::cli::Console;
use crate::cli::wait::{Until, Wait};
use crate::client::{Connection, paths};

/// Arguments of `atoll start`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll start web\n  atoll start web --template-version 3 -p cpu=4"
)]
pub struct Start {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
    /// Move to this version of the template [default: stay]
    #[arg(long, value_name = "NUMBER")]
    template_version: Option<i32>,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    wait: Wait,
}

/// Arguments of `atoll stop`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll stop web\n  atoll stop ada/web --wait none")]
pub struct Stop {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
    #[command(flatten)]
    wait: Wait,
}

impl Start {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let build = CreateBuild {
            transition: Transition::Start,
            template_version: self.template_version,
            parameters: self.parameters.values()?,
        };
        run(console, &self.connection, &self.workspace, build, self.wait).await
    }
}

impl Stop {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let build = CreateBuild {
            transition: Transition::Stop,
            template_version: None,
            parameters: std::collections::BTreeMap::new(),
        };
        // Nothing connects to what has stopped.
        let until = if self.wait.wait == Until::Agent { Until::Build } else { self.wait.wait };
        run(console, &self.connection, &self.workspace, build, Wait { wait: until, ..self.wait })
            .await
    }
}

async fn run(
    console: &mut Console,
    connection: &Connection,
    workspace: &str,
    build: CreateBuild,
    wait: Wait,
) -> anyhow::Result<()> {
    let client = connection.client()?;
    let mut workspace = super::find(&client, workspace).await?;
    let build: Build = client.post(&paths::builds(workspace.id), &build).await?;
    workspace.latest_build = build;
    super::settle(console, &client, &workspace, &wait).await?;
    console.data(&View(client.get(&paths::workspace(workspace.id)).await?))
}
