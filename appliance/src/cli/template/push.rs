//! `atoll template push`

use std::path::{Path, PathBuf};
use std::time::Duration;

use atoll_wire::TemplateVersion;
use tokio::time::Instant;

use super::pack;
use super::show::Versions;
use crate::cli::{Console, follow};
use crate::client::{Connection, paths};
use crate::error::{Problem, codes};

/// Arguments of `atoll template push`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll template push kubernetes-shell --directory ./template\n  atoll template push kubernetes-shell -d ./template --message 'more memory'"
)]
pub(super) struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The template's name [default: the folder's]
    name: Option<String>,
    /// The folder that holds `template.toml`
    #[arg(long, short = 'd', default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// What changed
    #[arg(long, short = 'm', default_value = "")]
    message: String,
    /// How long to wait for the import, in seconds
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    timeout: u32,
}

impl Options {
    pub(super) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let name = match self.name {
            Some(name) => name,
            None => folder_name(&self.directory)?,
        };
        let archive = pack::folder(&self.directory)?;
        let path = format!("{}?message={}", paths::versions(&name), paths::escape(&self.message));
        let version: TemplateVersion = client.upload(&path, "application/zstd", archive).await?;
        let deadline = Instant::now() + Duration::from_secs(self.timeout.into());
        follow::log(console, &client, &paths::version_log(&name, version.number), deadline).await?;
        console.data(&Versions(vec![client.get(&paths::version(&name, version.number)).await?]))
    }
}

fn folder_name(directory: &Path) -> anyhow::Result<String> {
    let folder = directory.canonicalize()?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(name.ok_or_else(|| {
        Problem::new(&codes::USAGE, "the folder has no name; give the template one")
    })?)
}
