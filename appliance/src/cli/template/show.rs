//! `atoll template show`

use atoll_wire::{JobStatus, Parameter, ParameterKind, TemplateVersion};
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::{Table, moment, printable};
use crate::client::{Connection, paths};

/// Arguments of `atoll template show`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll template show kubernetes-shell\n  atoll template show kubernetes-shell --parameters"
)]
pub(super) struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The template's name
    name: String,
    /// What the active version asks, instead of the versions
    #[arg(long)]
    parameters: bool,
}

/// Versions, a row each.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Versions(pub Vec<TemplateVersion>);

impl Table for Versions {
    fn columns(&self) -> Vec<&'static str> {
        vec!["template", "version", "active", "import", "driver", "pushed", "message"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |version: &TemplateVersion| {
            vec![
                version.template_name.clone(),
                version.number.to_string(),
                if version.active { "yes" } else { "no" }.to_owned(),
                status(version.status).to_owned(),
                version.driver.clone(),
                moment(version.created_at),
                printable(&version.message),
            ]
        };
        self.0.iter().map(row).collect()
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Parameters(Vec<Parameter>);

impl Table for Parameters {
    fn columns(&self) -> Vec<&'static str> {
        vec!["parameter", "type", "default", "choices", "description"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |parameter: &Parameter| {
            let choices: Vec<&str> =
                parameter.options.iter().map(|option| option.value.as_str()).collect();
            vec![
                parameter.name.clone(),
                kind(parameter.kind).to_owned(),
                parameter.default.as_deref().map_or_else(|| "(required)".to_owned(), printable),
                printable(&choices.join(",")),
                printable(&parameter.description),
            ]
        };
        self.0.iter().map(row).collect()
    }
}

fn kind(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::String => "string",
        ParameterKind::Number => "number",
        ParameterKind::Bool => "bool",
        ParameterKind::ListString => "list(string)",
    }
}

fn status(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Pending => "pending",
        JobStatus::Running => "running",
        JobStatus::Canceling => "canceling",
        JobStatus::Succeeded => "succeeded",
        JobStatus::Canceled => "canceled",
        JobStatus::Failed => "failed",
    }
}

impl Options {
    pub(super) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let versions: Vec<TemplateVersion> = client.list(&paths::versions(&self.name)).await?;
        if !self.parameters {
            return console.data(&Versions(versions));
        }
        let active = versions.into_iter().find(|version| version.active);
        console.data(&Parameters(active.map(|version| version.parameters).unwrap_or_default()))
    }
}
