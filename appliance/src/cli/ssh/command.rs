//! The command itself: what may be asked for, and which way it goes.

use super::{FAILED, connect, session, stdio};
use crate::cli::{Console, Exit};
use crate::client::Connection;
use crate::error::Outcome;

/// Arguments of `atoll ssh`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  atoll ssh web                         a shell
  atoll ssh web -- git status           a command; its exit code is this one's, 255 if the
                                        connection failed
  tar c src | atoll ssh web -- tar x    bytes pass unchanged
  ssh -o ProxyCommand='atoll ssh --stdio web' web.atoll")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
    /// The agent, where the workspace has several
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Be a bare line on stdin and stdout, for OpenSSH's ProxyCommand
    #[arg(long, conflicts_with_all = ["tty", "no_tty", "command"])]
    stdio: bool,
    /// Ask for a terminal even for a command
    #[arg(short = 't', long, conflicts_with = "no_tty")]
    tty: bool,
    /// Ask for no terminal even for a shell
    #[arg(short = 'T', long)]
    no_tty: bool,
    /// Seconds to wait for a workspace that is just starting
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u32,
    /// What to run, joined by spaces and given to the workspace's shell as `ssh` does it
    #[arg(last = true)]
    command: Vec<String>,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let exit = match self.session().await {
            Ok(exit) => exit,
            Err(problem) => {
                console.problem(&problem);
                FAILED
            }
        };
        console.set_exit(exit);
        Ok(())
    }

    async fn session(self) -> Outcome<Exit> {
        let client = self.connection.client()?;
        let target = connect::Target {
            workspace: &self.workspace,
            agent: self.agent.as_deref(),
            wait: self.wait,
        };
        let reached = connect::ssh(&client, &target).await?;
        if self.stdio {
            return stdio::run(reached.stream).await.map(|()| Exit::Success);
        }
        let terminal = match (self.tty, self.no_tty) {
            (true, _) => session::Terminal::Always,
            (false, true) => session::Terminal::Never,
            (false, false) => session::Terminal::ForShells,
        };
        let command = (!self.command.is_empty()).then(|| self.command.join(" "));
        session::run(reached, command, terminal).await.map(Exit::Command)
    }
}
