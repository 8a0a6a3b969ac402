//! `atoll version`

use serde::Serialize;

use super::Console;
use super::console::Table;
use crate::roots;

/// Arguments of `atoll version`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll version\n  atoll version -o json")]
pub struct Options {}

#[derive(Debug, Serialize)]
struct About {
    version: &'static str,
    target: &'static str,
    /// DEMO when the build trusts the demo root, whose private half is public.
    trust: &'static str,
    roots: Vec<atoll_signing::Root>,
}

impl Table for About {
    fn columns(&self) -> Vec<&'static str> {
        vec!["version", "target", "trust"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![self.version.into(), self.target.into(), self.trust.into()]]
    }
}

impl Options {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let Self {} = self;
        console.data(&About {
            version: env!("CARGO_PKG_VERSION"),
            target: concat!("linux-", "amd64"),
            trust: if roots::is_demo() { roots::DEMO } else { "embedded" },
            roots: roots::embedded().roots().cloned().collect(),
        })
    }
}
