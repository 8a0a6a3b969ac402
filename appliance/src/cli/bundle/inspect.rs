//! `atoll bundle inspect`

use std::path::PathBuf;

use atoll_bundle::{Index, Part};
use atoll_signing::{RevocationState, Signer};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Trust;
use crate::cli::Console;
use crate::cli::console::{Format, Table};
use crate::cli::progress::bytes;
use crate::error::Problem;
use crate::import;

/// Arguments of `atoll bundle inspect`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll bundle inspect site.atoll\n  atoll bundle inspect site.atoll --trust sha256:0f3a… -o json\n\nReads the front only, whatever the size. Shows an untrusted bundle too, and says so."
)]
pub(super) struct Options {
    /// The bundle
    file: PathBuf,
    #[command(flatten)]
    trust: Trust,
}

/// One part for a person.
#[derive(Debug, Serialize)]
pub(super) struct PartRow {
    kind: &'static str,
    name: String,
    version: Option<String>,
    target: Option<String>,
    names: Vec<String>,
    digest: Option<String>,
    size_bytes: u64,
}

impl PartRow {
    pub(super) fn cells(&self) -> Vec<String> {
        let mut name = self.name.clone();
        for piece in [&self.version, &self.target].into_iter().flatten() {
            name.push(' ');
            name.push_str(piece);
        }
        vec![self.kind.into(), name, bytes(self.size_bytes)]
    }
}

/// The parts of an index with their sizes; what two parts share counts in both.
pub(super) fn part_rows(index: &Index) -> Vec<PartRow> {
    index.parts.iter().map(|part| row(index, part)).collect()
}

fn row(index: &Index, part: &Part) -> PartRow {
    let kind = part.kind().as_str();
    if let Some(image) = part.image() {
        let numbers = image.blobs.iter().filter_map(|number| usize::try_from(*number).ok());
        let size = numbers.filter_map(|number| index.blobs.get(number)).map(|blob| blob.size).sum();
        let names: Vec<String> = image.names.iter().map(ToString::to_string).collect();
        let (name, digest) = (part.label(), Some(image.manifest.to_string()));
        return PartRow {
            kind,
            name,
            version: None,
            target: None,
            names,
            digest,
            size_bytes: size,
        };
    }
    let files = part.files().map(|files| {
        let sizes = files.files.iter().filter_map(|file| index.blob(&file.digest));
        let size: u64 = sizes.map(|blob| blob.size).sum();
        (files.name.clone(), files.version.clone(), files.target.clone(), size)
    });
    let (name, version, target, size_bytes) = files.unwrap_or_default();
    PartRow { kind, name, version, target, names: Vec::new(), digest: None, size_bytes }
}

#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    product: String,
    publisher: String,
    stream: String,
    version: String,
    made_at: String,
    made_by: String,
    size_bytes: u64,
    claimed_root: String,
    trusted: bool,
    signer: Option<Signer>,
    refusal: Option<Refusal>,
    parts: Vec<PartRow>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    code: &'static str,
    cause: String,
    remedy: String,
}

impl Table for Shown {
    fn columns(&self) -> Vec<&'static str> {
        vec!["kind", "name", "size"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.parts.iter().map(PartRow::cells).collect()
    }
}

impl Options {
    pub(super) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let keyring = self.trust.keyring()?;
        let opened = import::open(&self.file)?;
        let index = opened.front.index().clone();
        let (id, size_bytes) = (opened.front.id().to_string(), opened.front.length());
        let claimed_root = opened.front.seal().claimed_root().to_string();
        let verified = opened.front.verify(&keyring, &RevocationState::none());
        let (signer, refusal) = match verified {
            Ok(verified) => (Some(verified.signer().clone()), None),
            Err(error) => (None, Some(import::front_problem(&self.file, &error))),
        };
        if console.format() == Format::Table {
            console.text(&head(&index, &claimed_root, signer.as_ref(), refusal.as_ref()))?;
        }
        let refusal = refusal.map(|problem| Refusal {
            code: problem.code().id,
            cause: problem.cause(),
            remedy: problem.remedy_text().into(),
        });
        console.data(&Shown {
            id,
            product: index.product.clone(),
            publisher: index.publisher.clone(),
            stream: index.stream.clone(),
            version: index.version.to_string(),
            made_at: moment(index.made_at),
            made_by: index.made_by.clone(),
            size_bytes,
            claimed_root,
            trusted: signer.is_some(),
            signer,
            refusal,
            parts: part_rows(&index),
        })
    }
}

/// A time as RFC 3339 has it; an index holds no year that has not four digits.
fn moment(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

fn head(index: &Index, root: &str, signer: Option<&Signer>, refusal: Option<&Problem>) -> String {
    let verdict = match (signer, refusal) {
        (Some(signer), _) => {
            let demo = if signer.demo { " (DEMO)" } else { "" };
            format!("signed by {} under `{}`{demo}", signer.publisher, signer.root_name)
        }
        (None, Some(problem)) => format!("NOT TRUSTED: {}", problem.cause()),
        (None, None) => String::new(),
    };
    let Index { stream, version, publisher, made_by, .. } = index;
    let made_at = moment(index.made_at);
    format!(
        "{stream} {version} of {publisher}, made {made_at} by {made_by}\n{verdict}\nroot {root}\n"
    )
}
