//! `atoll bundle import`

use std::path::PathBuf;
use std::time::Duration;

use atoll_wire::{Bundle, ImportBundle, StartedJob};
use tokio::time::Instant;

use super::list::Bundles;
use crate::cli::{Console, follow};
use crate::client::{Connection, paths};
use crate::error::{Problem, codes};

/// Arguments of `atoll bundle import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll bundle import /media/usb/site.atoll\n  atoll bundle import site.atoll --dry-run\n  atoll bundle import old.atoll --content-only\n\nThe server reads the file: it lies on the server's machine, and its user may read it.\nInterrupted, the same command goes on where it stopped."
)]
pub(super) struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The bundle
    file: PathBuf,
    /// Take the images; leave every tag and template as it is
    #[arg(long)]
    content_only: bool,
    /// Say what would be done; change nothing
    #[arg(long)]
    dry_run: bool,
    /// How long to wait, in seconds; the import goes on without us
    #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
    timeout: u32,
}

impl Options {
    pub(super) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let path = std::path::absolute(&self.file)?;
        let Some(path) = path.to_str() else {
            let message = format!("`{}` is not UTF-8", path.display());
            return Err(Problem::new(&codes::USAGE, message).into());
        };
        let (path, content_only, dry_run) = (path.to_owned(), self.content_only, self.dry_run);
        let request = ImportBundle { path, content_only, dry_run };
        let started: StartedJob = client.post(paths::BUNDLES, &request).await?;
        let deadline = Instant::now() + Duration::from_secs(self.timeout.into());
        follow::log(console, &client, &paths::job_log(started.job_id), deadline).await?;
        if dry_run {
            return Ok(());
        }
        let mut bundles: Vec<Bundle> = client.get(paths::BUNDLES).await?;
        bundles.truncate(1);
        console.data(&Bundles(bundles))
    }
}
