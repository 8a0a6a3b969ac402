//! `atoll bundle list`

use atoll_wire::Bundle;
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::Table;
use crate::cli::progress::bytes;
use crate::client::{Connection, paths};

/// Arguments of `atoll bundle list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll bundle list\n  atoll bundle list -o json")]
pub(super) struct Options {
    #[command(flatten)]
    connection: Connection,
}

/// Bundles of the ledger.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Bundles(pub(super) Vec<Bundle>);

impl Table for Bundles {
    fn columns(&self) -> Vec<&'static str> {
        vec!["stream", "version", "publisher", "size", "mode", "imported", "id"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |bundle: &Bundle| {
            vec![
                bundle.stream.clone(),
                bundle.version.clone(),
                bundle.publisher.clone(),
                bytes(u64::try_from(bundle.size_bytes).unwrap_or_default()),
                bundle.mode.clone(),
                bundle.imported_at.date().to_string(),
                bundle.id.chars().take(19).collect(),
            ]
        };
        self.0.iter().map(row).collect()
    }
}

impl Options {
    pub(super) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        console.data(&Bundles(client.get(paths::BUNDLES).await?))
    }
}
