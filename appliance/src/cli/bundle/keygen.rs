//! `atoll bundle keygen`

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use atoll_signing::SigningKey;
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::Table;
use crate::durable::{self, Readers};
use crate::error::{Outcome, Problem, codes};

/// Arguments of `atoll bundle keygen`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll bundle keygen --out root\n  atoll bundle keygen --out keys/maker\n\nKeep a root's private key off the machines that make bundles."
)]
pub(super) struct Options {
    /// Where to: NAME.key.pem (private, 0600) and NAME.pub.pem
    #[arg(long, value_name = "NAME")]
    out: PathBuf,
}

#[derive(Debug, Serialize)]
struct Made {
    fingerprint: String,
    private_key: PathBuf,
    public_key: PathBuf,
}

impl Table for Made {
    fn columns(&self) -> Vec<&'static str> {
        vec!["fingerprint", "private key", "public key"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let path = |path: &Path| path.display().to_string();
        vec![vec![self.fingerprint.clone(), path(&self.private_key), path(&self.public_key)]]
    }
}

impl Options {
    pub(super) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let (private_key, public_key) =
            (suffixed(&self.out, ".key.pem"), suffixed(&self.out, ".pub.pem"));
        let key = SigningKey::generate(&mut rand::rng());
        create(&private_key, key.to_pem().as_bytes(), Readers::Owner)?;
        create(&public_key, key.public().to_pem().as_bytes(), Readers::All)?;
        let fingerprint = key.public().fingerprint().to_string();
        console.data(&Made { fingerprint, private_key, public_key })
    }
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Never overwrites: a lost key cannot be made again.
fn create(path: &Path, bytes: &[u8], readers: Readers) -> Outcome<()> {
    durable::create(path, bytes, readers).map_err(|error| {
        let message = format!("cannot write `{}`", path.display());
        Problem::new(&codes::bundle::KEY_UNUSABLE, message)
            .because(&error)
            .remedy("give a NAME that is not used yet, in a folder you may write to")
    })
}
