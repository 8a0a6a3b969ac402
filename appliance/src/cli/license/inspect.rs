//! `atoll license inspect`: what a file says, and whether this build would believe it.

use std::path::PathBuf;

use atoll_licensing::{License, LicenseError, verify};
use atoll_signing::{Envelope, Fingerprint, Purpose, RevocationState, Signer};
use serde::Serialize;

use crate::cli::console::Table;
use crate::cli::{Console, Exit};
use crate::error::license::refused;
use crate::roots;

/// Arguments of `atoll license inspect`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll license inspect license.txt\n  atoll license inspect - -o json < license.txt\n\nExit code 1: this build does not trust the license."
)]
pub(super) struct Options {
    /// The file from the vendor; `-` reads stdin
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Inspection {
    /// `trusted`, or the code of the refusal.
    verdict: String,
    cause: String,
    root: Fingerprint,
    signer: Option<Signer>,
    license: License,
}

impl Options {
    pub(super) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let text = super::file::read(&self.file)?;
        let unreadable = |error: LicenseError| refused(&error);
        let envelope = Envelope::from_text(Purpose::License, &text)
            .map_err(|source| unreadable(LicenseError::Envelope { source }))?;
        let license = License::parse(envelope.document()).map_err(unreadable)?;
        let root = envelope.seal().claimed_root();
        let verdict = verify(&text, &roots::embedded(), &RevocationState::none());
        let inspection = match verdict {
            Ok(verified) => Inspection {
                verdict: "trusted".into(),
                cause: String::new(),
                root,
                signer: Some(verified.signer().clone()),
                license,
            },
            Err(error) => {
                console.set_exit(Exit::Failure);
                let cause = refused(&error).cause();
                Inspection { verdict: error.code().into(), cause, root, signer: None, license }
            }
        };
        console.data(&inspection)
    }
}

impl Table for Inspection {
    fn columns(&self) -> Vec<&'static str> {
        vec!["", ""]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let License { id, customer, seats, not_before, term_end, grace_days, .. } = &self.license;
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        let verdict = if self.cause.is_empty() {
            self.verdict.clone()
        } else {
            format!("{}: {}", self.verdict, self.cause)
        };
        let mut rows = vec![
            row("verdict", verdict),
            row("root", self.root.to_string()),
            row("license", id.clone()),
            row("customer", customer.clone()),
            row("seats", seats.to_string()),
            row("term", format!("{not_before} to {term_end}, then {grace_days} days of grace")),
        ];
        let features: Vec<&str> = self.license.features.iter().map(String::as_str).collect();
        if !features.is_empty() {
            rows.push(row("features", features.join(", ")));
        }
        if self.license.binding.is_empty() {
            rows.push(row("binding", "none yet: it binds when it is activated".into()));
        }
        for (kind, value) in self.license.binding.iter() {
            rows.push(row("binding", format!("{kind} {value}")));
        }
        if let Some(signer) = &self.signer {
            let demo = if signer.demo { format!(" ({})", roots::DEMO) } else { String::new() };
            rows.push(row("signed by", format!("{}{demo}", signer.publisher)));
        }
        rows
    }
}
