//! `atoll license`: ask for one, take it up, look at one, see the standing.

mod file;
mod inspect;
#[cfg(feature = "vendor")]
mod issue;
mod status;

use std::path::PathBuf;

use super::Console;
use crate::client::Connection;

const PATH: &str = "/api/v1/license";

/// Arguments of `atoll license`.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print what the vendor needs to make a license for this site
    #[command(after_help = "Examples:\n  atoll license request > request.json")]
    Request(Site),
    /// Take up a license; it counts at once
    #[command(
        after_help = "Examples:\n  atoll license activate license.txt\n  atoll license activate - < license.txt"
    )]
    Activate(Activate),
    /// Show a license file and whether this build trusts it; needs no site
    Inspect(inspect::Options),
    /// Say where the site stands: seats, term, what to do
    #[command(after_help = "Examples:\n  atoll license status\n  atoll license status -o json")]
    Status(Site),
    /// Make a license: the vendor's build only
    #[cfg(feature = "vendor")]
    Issue(issue::Options),
}

#[derive(Debug, clap::Args)]
struct Activate {
    /// The file from the vendor; `-` reads stdin
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, clap::Args)]
struct Site {
    #[command(flatten)]
    connection: Connection,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        match self.command {
            Command::Request(Site { connection }) => {
                let answer: atoll_wire::LicenseRequest =
                    connection.client()?.get("/api/v1/license/request").await?;
                console.text(&answer.document)
            }
            Command::Activate(Activate { file, connection }) => {
                let body = atoll_wire::ActivateLicense { text: file::read(&file)? };
                let answer: atoll_wire::LicenseStatus =
                    connection.client()?.post(PATH, &body).await?;
                console.data(&status::Shown(answer))
            }
            Command::Inspect(options) => options.run(console),
            Command::Status(Site { connection }) => {
                let answer: atoll_wire::LicenseStatus = connection.client()?.get(PATH).await?;
                console.data(&status::Shown(answer))
            }
            #[cfg(feature = "vendor")]
            Command::Issue(options) => options.run(console),
        }
    }
}
