//! `atoll trust list|add|remove`: whom this site trusts.

use std::path::{Path, PathBuf};

use atoll_signing::{Authority, Keyring, Purpose};
use serde::Serialize;

use super::Console;
use super::console::Table;
use crate::error::{Problem, codes};
use crate::trust;

/// Arguments of `atoll trust`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll trust list\n  atoll trust add sha256:0f3a… --name 'Example Corp'\n  atoll trust add example.pub.pem --name 'Example Corp' --purpose bundle\n  atoll trust remove sha256:0f3a…"
)]
pub struct Options {
    /// The data directory
    #[arg(long, global = true, env = "ATOLL_DATA_DIR", default_value = crate::DATA_DIR_DEFAULT, value_name = "DIR")]
    data_dir: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the roots this site trusts
    #[command(after_help = "Examples:\n  atoll trust list -o json")]
    List,
    /// Trust a root from now on
    ///
    /// Compare the fingerprint with one that reached you another way than the bundle did.
    #[command(after_help = "Examples:\n  atoll trust add sha256:0f3a… --name 'Example Corp'")]
    Add {
        /// The root's fingerprint, or the file with its public key
        #[arg(value_name = "FILE|FINGERPRINT")]
        root: String,
        /// What you call it
        #[arg(long)]
        name: String,
        /// What it may certify [default: bundle, license, revocation, release]
        #[arg(long = "purpose", value_name = "PURPOSE")]
        purposes: Vec<Purpose>,
    },
    /// Stop trusting a root that was added
    #[command(after_help = "Examples:\n  atoll trust remove sha256:0f3a… --yes")]
    Remove {
        /// The root's fingerprint, or the file with its public key
        #[arg(value_name = "FILE|FINGERPRINT")]
        root: String,
        /// Do it; without this the command only says what it would do
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    fingerprint: String,
    purposes: Vec<&'static str>,
    origin: String,
    demo: bool,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

impl Table for Rows {
    fn columns(&self) -> Vec<&'static str> {
        vec!["name", "origin", "purposes", "fingerprint"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |row: &Row| {
            let name = if row.demo {
                format!("{} ({})", row.name, crate::roots::DEMO)
            } else {
                row.name.clone()
            };
            vec![name, row.origin.clone(), row.purposes.join(","), row.fingerprint.clone()]
        };
        self.0.iter().map(row).collect()
    }
}

fn rows(keyring: &Keyring) -> Rows {
    let row = |root: &atoll_signing::Root| {
        let (Authority::Certifies(purposes) | Authority::Signs(purposes)) = &root.authority;
        Row {
            name: root.name.clone(),
            fingerprint: root.fingerprint.to_string(),
            purposes: purposes.iter().map(|purpose| purpose.as_str()).collect(),
            origin: format!("{:?}", root.origin).to_lowercase(),
            demo: root.demo,
        }
    };
    Rows(keyring.roots().map(row).collect())
}

impl Options {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let data_dir = self.data_dir;
        match self.verb {
            Verb::List => console.data(&rows(&trust::load(&data_dir)?)),
            Verb::Add { root, name, purposes } => add(console, &data_dir, &root, &name, purposes),
            Verb::Remove { root, yes } => {
                let fingerprint = trust::fingerprint(&root)?;
                if !yes {
                    console
                        .note(&format!("would stop trusting {fingerprint}; add `--yes` to do it"));
                    return Ok(());
                }
                let removed = trust::remove(&data_dir, &fingerprint)?;
                console.note(&format!("no longer trusted: {} {fingerprint}", removed.name));
                Ok(())
            }
        }
    }
}

fn add(
    console: &mut Console,
    data_dir: &Path,
    root: &str,
    name: &str,
    mut purposes: Vec<Purpose>,
) -> anyhow::Result<()> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(Problem::new(&codes::USAGE, "`--name` is empty or not plain text").into());
    }
    if purposes.is_empty() {
        purposes.extend(trust::PUBLISHER_PURPOSES);
    }
    let fingerprint = trust::fingerprint(root)?;
    trust::add(data_dir, trust::operator_root(name, fingerprint, purposes))?;
    console.note(&format!("trusted from now on: {name} {fingerprint}"));
    Ok(())
}
