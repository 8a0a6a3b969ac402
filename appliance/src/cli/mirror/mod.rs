//! `atoll mirror`: what the mirror holds, its robots, and what to put on nodes.

mod list;
mod node_config;
mod robot;

use super::Console;
use crate::client::Connection;

/// Arguments of `atoll mirror`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll mirror list\n  atoll mirror node-config --format containerd --node node-1"
)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the repositories with their tags and sizes
    List(list::Repositories),
    /// List the tags of a repository
    Tags(list::Tags),
    /// Make, list and revoke the tokens of machines
    Robot(robot::Options),
    /// Say what to put on a node so that it pulls from the mirror
    NodeConfig(node_config::Options),
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        match self.verb {
            Verb::List(options) => options.run(&client, console).await,
            Verb::Tags(options) => options.run(&client, console).await,
            Verb::Robot(options) => options.run(&client, console).await,
            Verb::NodeConfig(options) => options.run(&client, console).await,
        }
    }
}
