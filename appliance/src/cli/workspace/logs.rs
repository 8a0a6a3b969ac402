//! `atoll logs`

use atoll_wire::{Build, LogLine};
use serde::Serialize;
use uuid::Uuid;

use crate::cli::console::Table;
use crate::cli::wait::Wait;
use crate::cli::{Console, follow};
use crate::client::{Client, Connection, paths};
use crate::error::{Outcome, Problem, codes};

/// Arguments of `atoll logs`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll logs web\n  atoll logs web --build 2\n  atoll logs web --follow"
)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
    /// The build's number [default: the latest]
    #[arg(long, value_name = "NUMBER")]
    build: Option<i32>,
    /// Stay until the build ends, and fail as it fails
    #[arg(long, short = 'f')]
    follow: bool,
    #[command(flatten)]
    wait: Wait,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Lines(Vec<LogLine>);

impl Table for Lines {
    fn columns(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.0.iter().map(|line| vec![follow::text(line)]).collect()
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let workspace = super::find(&client, &self.workspace).await?;
        let build = match self.build {
            None => workspace.latest_build.id,
            Some(number) => numbered(&client, workspace.id, number).await?,
        };
        let path = paths::build_log(build);
        if self.follow {
            follow::log(console, &client, &path, self.wait.deadline()).await?;
            return Ok(());
        }
        console.data(&Lines(client.list(&path).await?))
    }
}

async fn numbered(client: &Client, workspace: Uuid, number: i32) -> Outcome<Uuid> {
    let builds: Vec<Build> = client.list(&paths::builds(workspace)).await?;
    let build = builds.iter().find(|build| build.number == number).ok_or_else(|| {
        Problem::new(&codes::client::BUILD_UNKNOWN, format!("there is no build {number}"))
    })?;
    Ok(build.id)
}
