//! `atoll template list`

use atoll_wire::Template;
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::{Table, moment};
use crate::client::{Connection, paths};

/// Arguments of `atoll template list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll template list\n  atoll template list -o yaml")]
pub(super) struct Options {
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Templates(Vec<Template>);

impl Table for Templates {
    fn columns(&self) -> Vec<&'static str> {
        vec!["template", "version", "workspaces", "changed", "description"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |template: &Template| {
            vec![
                template.name.clone(),
                template
                    .active_version
                    .map_or_else(|| "-".to_owned(), |version| version.to_string()),
                template.workspaces.to_string(),
                moment(template.updated_at),
                crate::cli::console::printable(&template.description),
            ]
        };
        self.0.iter().map(row).collect()
    }
}

impl Options {
    pub(super) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        console.data(&Templates(client.list(paths::TEMPLATES).await?))
    }
}
