//! `atoll uninstall`

use std::path::PathBuf;

use serde::Serialize;

use super::Console;
use super::console::Table;
use crate::error::{Problem, codes};
use crate::site::Layout;
use crate::uninstall::{self, Claims, Item, Plan, Scope};

/// Arguments of `atoll uninstall`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll uninstall --plan\n  sudo atoll uninstall --yes\n  sudo atoll uninstall --purge --yes\n\nWithout `--purge` the data directory, its database and keys, and the cluster's volume claims stay."
)]
pub struct Options {
    /// Show what would be removed and kept; change nothing
    #[arg(long, visible_alias = "dry-run")]
    plan: bool,
    /// Also remove the data: database, images, keys, the system user
    #[arg(long)]
    purge: bool,
    /// Do it
    #[arg(long)]
    yes: bool,
    /// The data directory
    #[arg(long, env = "ATOLL_DATA_DIR", default_value = crate::DATA_DIR_DEFAULT, value_name = "DIR")]
    data_dir: PathBuf,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Shown(Plan);

impl Table for Shown {
    fn columns(&self) -> Vec<&'static str> {
        vec!["act", "what"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let removed = self.0.items.iter().map(|item| vec!["remove".into(), text(item)]);
        let kept = self.0.kept.iter().map(|kept| vec!["keep".into(), kept.clone()]);
        removed.chain(kept).collect()
    }
}

fn text(item: &Item) -> String {
    match item {
        Item::Service { path } => format!("service `{}`", path.display()),
        Item::Database => "running database, if any".into(),
        Item::Cluster { namespace, objects, claims } => {
            let claims = match claims {
                Claims::Kept => "keeping its volume claims",
                Claims::Removed => "with its volume claims",
            };
            format!("workspaces in `{namespace}` {claims}, and {}", objects.join(", "))
        }
        Item::File { path } => format!("file `{}`", path.display()),
        Item::Contents { path } => format!("everything in `{}`", path.display()),
        Item::Tree { path } => format!("`{}` with everything in it", path.display()),
        Item::EmptyDirectory { path } => format!("`{}`, if it is empty", path.display()),
        Item::User { name } => format!("system user `{name}`"),
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let layout = Layout::new(std::path::absolute(&self.data_dir)?);
        let scope = if self.purge { Scope::Purge } else { Scope::KeepData };
        let plan = uninstall::plan(&layout, scope)?;
        if self.plan {
            return console.data(&Shown(plan));
        }
        if !self.yes {
            let message = "uninstalling removes what `atoll uninstall --plan` lists";
            return Err(Problem::new(&codes::lifecycle::CONSENT_MISSING, message).into());
        }
        let tell = |item: &Item| {
            use std::io::Write as _;
            // Whoever closed stderr does not want to be told.
            drop(writeln!(std::io::stderr().lock(), "removing {}", text(item)));
        };
        uninstall::uninstall(&layout, &plan, &tell).await?;
        console.data(&Shown(plan))
    }
}
