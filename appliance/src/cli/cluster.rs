//! `atoll cluster`

use serde::Serialize;

use super::Console;
use super::console::{Format, Table};
use crate::site::cluster::rights;

/// Arguments of `atoll cluster`.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the account a site needs on its cluster and its rights, for `kubectl apply -f -`
    #[command(after_help = "Examples:
  atoll cluster rights | less
  atoll cluster rights --namespace atoll-workspaces | kubectl apply -f -

`atoll install --kubeconfig FILE` applies the same by itself when FILE may do so.")]
    Rights(Rights),
}

#[derive(Debug, clap::Args)]
struct Rights {
    /// The namespace workspaces run in
    #[arg(long, default_value = "atoll-workspaces")]
    namespace: String,
}

#[derive(Debug, Serialize)]
struct Manifest {
    namespace: String,
    manifest: String,
}

impl Table for Manifest {
    fn columns(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.manifest.lines().map(|line| vec![line.to_owned()]).collect()
    }
}

impl Options {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let Command::Rights(Rights { namespace }) = self.command;
        let manifest = rights(&namespace)?;
        match console.format() {
            // The manifest is YAML already, and `kubectl` wants it as it is.
            Format::Table | Format::Yaml => console.text(&manifest),
            Format::Json => console.data(&Manifest { namespace, manifest }),
        }
    }
}
