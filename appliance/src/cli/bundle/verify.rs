//! `atoll bundle verify`

use std::path::PathBuf;
use std::time::Instant;

use atoll_bundle::copy::{Nowhere, copy};
use atoll_bundle::{Flow, index};
use atoll_signing::{RevocationState, Signer};
use serde::Serialize;

use super::Trust;
use crate::cli::Console;
use crate::cli::console::Table;
use crate::cli::progress::{Line, bytes};
use crate::import::{self, copy_problem, front_problem};

/// Arguments of `atoll bundle verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll bundle verify site.atoll\n  atoll bundle verify site.atoll --trust example.pub.pem"
)]
pub(super) struct Options {
    /// The bundle
    file: PathBuf,
    #[command(flatten)]
    trust: Trust,
}

#[derive(Debug, Serialize)]
struct Checked {
    id: String,
    stream: String,
    version: String,
    size_bytes: u64,
    signer: Signer,
}

impl Table for Checked {
    fn columns(&self) -> Vec<&'static str> {
        vec!["stream", "version", "publisher", "size", "id"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![
            self.stream.clone(),
            self.version.clone(),
            self.signer.publisher.clone(),
            bytes(self.size_bytes),
            self.id.clone(),
        ]]
    }
}

impl Options {
    pub(super) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let keyring = self.trust.keyring()?;
        let import::Opened { path, source, front } = import::open(&self.file)?;
        let bundle = front
            .verify(&keyring, &RevocationState::none())
            .and_then(|bundle| bundle.judge_product(index::PRODUCT).map(|()| bundle))
            .map_err(|error| front_problem(&path, &error))?;
        let mut line = Line::new(console, "checking", Instant::now());
        let copied = copy((&bundle, &source), &mut Nowhere, None, &|_| false, &mut |progress| {
            line.draw(console, progress.done, progress.total, Instant::now());
            Flow::Continue
        });
        line.end(console);
        copied.map_err(|error| copy_problem(&path, &error))?;
        console.note("every byte is what was signed");
        console.data(&Checked {
            id: bundle.front().id().to_string(),
            stream: bundle.index().stream.clone(),
            version: bundle.index().version.to_string(),
            size_bytes: bundle.front().length(),
            signer: bundle.signer().clone(),
        })
    }
}
