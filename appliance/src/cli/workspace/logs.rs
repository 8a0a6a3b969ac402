//! `atoll logs`

use atoll_wire::Build;

use crate::cli::wait::Wait;
use crate::cli::{Console, follow};
use crate::client::{Connection, paths};
use crate::error::{Problem, codes};

/// Arguments of `atoll logs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll logs web\n  atoll logs web --build 2")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
    /// The build's number [default: the latest]
    #[arg(long, value_name = "NUMBER")]
    build: Option<i32>,
    #[command(flatten)]
    wait: Wait,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let workspace = super::find(&client, &self.workspace).await?;
        let job = match self.build {
            None => workspace.latest_build.job_id,
            Some(number) => {
                let builds: Vec<Build> = client.list(&paths::builds(workspace.id)).await?;
                let build = builds.iter().find(|build| build.number == number);
                let build = build.ok_or_else(|| {
                    let message = format!("`{}` has no build {number}", workspace.name);
                    Problem::new(&codes::client::WORKSPACE_UNKNOWN, message)
                        .remedy("`atoll show NAME` says which is the latest")
                })?;
                build.job_id
            }
        };
        follow::job(console, &client, job, self.wait.deadline()).await?;
        Ok(())
    }
}
