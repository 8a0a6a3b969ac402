//! `atoll version`

use serde::Serialize;

use super::Console;
use super::console::Table;

/// Arguments of `atoll version`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll version\n  atoll version -o json")]
pub struct Options {}

#[derive(Debug, Serialize)]
struct Version {
    version: &'static str,
    target: &'static str,
}

impl Table for Version {
    fn columns(&self) -> Vec<&'static str> {
        vec!["version", "target"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![self.version.into(), self.target.into()]]
    }
}

impl Options {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let Self {} = self;
        console.data(&Version {
            version: env!("CARGO_PKG_VERSION"),
            target: concat!("linux-", "amd64"),
        })
    }
}
