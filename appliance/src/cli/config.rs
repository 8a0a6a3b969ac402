//! `atoll config show|validate|set|export`: the site's configuration, offline.

use std::path::PathBuf;

use serde::Serialize;

use super::Console;
use super::console::Table;
use crate::config::{self, Apply, Layers, Loaded};

/// Arguments of `atoll config`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll config show --origin\n  atoll config set log.level debug\n  atoll config validate --file ./site.toml"
)]
pub struct Options {
    /// The configuration file [default: site.toml in the data directory]
    #[arg(long, global = true, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The data directory
    #[arg(long, global = true, env = "ATOLL_DATA_DIR", default_value = crate::DATA_DIR_DEFAULT, value_name = "DIR")]
    data_dir: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List every key with its value
    #[command(after_help = "Examples:\n  atoll config show --origin")]
    Show {
        /// Also say where each value comes from, and when a change takes effect
        #[arg(long)]
        origin: bool,
    },
    /// Check the file, the variables and their values; change nothing
    #[command(after_help = "Examples:\n  atoll config validate --file ./site.toml")]
    Validate,
    /// Set one key in the file
    #[command(
        after_help = "Examples:\n  atoll config set log.level debug\n  atoll config set server.urls '[\"https://10.0.0.5:7443\"]'"
    )]
    Set {
        /// Dotted name, for instance `log.level`
        key: String,
        /// TOML, or a bare string
        value: String,
    },
    /// Print a `site.toml` with every value in force
    #[command(after_help = "Examples:\n  atoll config export > site.toml")]
    Export,
}

#[derive(Debug, Serialize)]
struct Row {
    key: &'static str,
    value: String,
    origin: String,
    apply: &'static str,
    #[serde(skip)]
    with_origin: bool,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

impl Table for Rows {
    fn columns(&self) -> Vec<&'static str> {
        let with_origin = self.0.first().is_some_and(|row| row.with_origin);
        if with_origin { vec!["key", "value", "origin", "applies"] } else { vec!["key", "value"] }
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |row: &Row| {
            let mut cells = vec![row.key.to_owned(), row.value.clone()];
            if row.with_origin {
                cells.extend([row.origin.clone(), row.apply.to_owned()]);
            }
            cells
        };
        self.0.iter().map(row).collect()
    }
}

impl Options {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let file = self.file.clone().unwrap_or_else(|| self.data_dir.join(config::FILE_NAME));
        match &self.verb {
            Verb::Show { origin } => console.data(&rows(&self.load()?, *origin)?),
            Verb::Validate => {
                self.load()?;
                console.note("the configuration is valid");
                Ok(())
            }
            Verb::Set { key, value } => {
                let key = config::set(&file, key, value)?;
                console.note(match key.apply {
                    Apply::Live => "set; it applies now",
                    Apply::Restart => "set; it applies when `atoll serve` next starts",
                });
                Ok(())
            }
            Verb::Export => console.text(&toml::to_string(&self.load()?.config)?),
        }
    }

    /// A file that was named must exist; the one of the data directory may be absent.
    fn load(&self) -> anyhow::Result<Loaded> {
        let default = Some(self.data_dir.join(config::FILE_NAME)).filter(|path| path.exists());
        let file = self.file.clone().or(default);
        let variables = std::env::vars().filter(|(name, _)| name.starts_with("ATOLL_")).collect();
        Ok(Layers { file, variables, flags: Vec::new() }.load()?)
    }
}

fn rows(loaded: &Loaded, with_origin: bool) -> anyhow::Result<Rows> {
    let table = toml::Table::try_from(&loaded.config)?;
    let mut rows = Vec::new();
    for key in config::keys() {
        let value =
            key.name.split_once('.').and_then(|(section, name)| table.get(section)?.get(name));
        rows.push(Row {
            key: key.name,
            value: value.map(ToString::to_string).unwrap_or_default(),
            origin: loaded.origins.get(key.name).map(ToString::to_string).unwrap_or_default(),
            apply: match key.apply {
                Apply::Live => "live",
                Apply::Restart => "restart",
            },
            with_origin,
        });
    }
    Ok(Rows(rows))
}
