//! The agent's own command line: what a pod's manifest and an init container call.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{config, init, install, run};

/// The agent of an Atoll workspace.
#[derive(Debug, Parser)]
#[command(name = "atoll-agent", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Connect the workspace to its server and serve it until told to end
    #[command(after_help = "Settings: ATOLL_AGENT_URL (one or more, separated by commas),
          ATOLL_AGENT_TOKEN_FILE, ATOLL_AGENT_CA_FILE.

Example: ATOLL_AGENT_URL=https://atoll.example:7443 \\
         ATOLL_AGENT_TOKEN_FILE=/run/atoll/agent/token \\
         ATOLL_AGENT_CA_FILE=/run/atoll/agent/ca.pem atoll-agent run")]
    Run,
    /// Copy this program into a directory, for a container that has no shell and no `cp`
    #[command(after_help = "Example: atoll-agent install /atoll")]
    Install {
        /// Where to put `atoll-agent`
        directory: PathBuf,
    },
    /// Be the first process of a container: start the agent and a command, reap what they leave
    #[command(after_help = "Examples:
  atoll-agent exec
  atoll-agent exec -- /usr/sbin/nginx -g 'daemon off;'")]
    Exec {
        /// The command beside which the agent runs; its exit ends the container
        #[arg(last = true)]
        command: Vec<OsString>,
    },
}

/// Parses the arguments and does what they say.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is the only way this can fail, and then nobody is reading.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_max_level(level())
        .init();
    match cli.command {
        // The first process must reap orphans, which would take exit codes from the agent's own
        // children: so it is split in two.
        Command::Run if rustix::process::getpid().is_init() => init::run(&[]),
        Command::Run => start(),
        Command::Install { directory } => installed(&directory),
        Command::Exec { command } => init::run(&command),
    }
}

/// What is logged: everything a person may want to know, or more with `ATOLL_AGENT_LOG=debug`.
fn level() -> tracing::Level {
    std::env::var("ATOLL_AGENT_LOG")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(tracing::Level::INFO)
}

fn start() -> ExitCode {
    let config = match config::Config::from_environment(|name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(2);
        }
    };
    match run::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("cannot start the agent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn installed(directory: &std::path::Path) -> ExitCode {
    match install::install(directory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("cannot copy the agent to `{}`: {error}", directory.display());
            ExitCode::FAILURE
        }
    }
}
