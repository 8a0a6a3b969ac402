//! `atoll bundle`: making, looking at and checking bundles, and the keys that sign them.

mod certify;
mod create;
mod import;
mod inspect;
mod keygen;
mod list;
mod verify;

use std::path::PathBuf;

use atoll_signing::Keyring;

use super::Console;
use crate::error::Outcome;
use crate::trust;

/// Arguments of `atoll bundle`.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a signing key
    Keygen(keygen::Options),
    /// Let a root certify a key, for one purpose and a time
    Certify(certify::Options),
    /// Make a bundle from a recipe
    Create(create::Options),
    /// Show what a bundle holds and who signed it, from its front alone
    Inspect(inspect::Options),
    /// Take a bundle in: images, templates, revocations
    Import(import::Options),
    /// List the bundles that were taken in
    List(list::Options),
    /// Read a bundle to its end and check every byte
    Verify(verify::Options),
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        match self.verb {
            Verb::Keygen(options) => options.run(console),
            Verb::Certify(options) => options.run(console),
            Verb::Create(options) => options.run(console).await,
            Verb::Inspect(options) => options.run(console),
            Verb::Import(options) => options.run(console).await,
            Verb::List(options) => options.run(console).await,
            Verb::Verify(options) => options.run(console),
        }
    }
}

/// Whom an offline command trusts.
#[derive(Debug, clap::Args)]
struct Trust {
    /// Trust this root for this command only; may be repeated
    #[arg(long = "trust", value_name = "FILE|FINGERPRINT")]
    trust: Vec<String>,
    /// The data directory, for the roots the site trusts
    #[arg(long, env = "ATOLL_DATA_DIR", default_value = crate::DATA_DIR_DEFAULT, value_name = "DIR")]
    data_dir: PathBuf,
}

impl Trust {
    fn keyring(&self) -> Outcome<Keyring> {
        let mut keyring = trust::load(&self.data_dir)?;
        trust::extend(&mut keyring, &self.trust)?;
        Ok(keyring)
    }
}
