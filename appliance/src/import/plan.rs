//! What an import would do: decided from facts, printable, without acting.

use std::collections::BTreeSet;

use atoll_bundle::{FrontError, Kind, Verified, Version, index};
use serde::Serialize;

/// Whether an import moves tags and templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Content, tags, templates.
    Whole,
    /// Content only: nothing that people see moves.
    ContentOnly,
}

impl Mode {
    /// The word of the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::ContentOnly => "content-only",
        }
    }
}

/// How the bundle stands to what the site has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Newer than anything of its stream.
    New,
    /// In the ledger, and the newest of its stream.
    Again,
    /// Not the newest of its stream: whatever was asked, no tag moves back.
    Older,
}

/// The facts a plan is made of.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// The bundle, signed by somebody trusted.
    pub(super) bundle: &'a Verified,
    /// What was asked for.
    pub(super) mode: Mode,
    /// Whether the ledger has this very bundle.
    pub(super) in_ledger: bool,
    /// The newest version of the stream.
    pub(super) newest: Option<Version>,
    /// Numbers of blobs that are manifests: they go into the database, not only into a pack.
    pub(super) manifests: BTreeSet<u32>,
    /// Numbers of blobs the store has.
    pub(super) present: BTreeSet<u32>,
    /// Bytes free for the store.
    pub(super) free: u64,
}

/// What an import does.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The digest of the index.
    pub id: String,
    /// Who made it.
    pub publisher: String,
    /// The line of releases.
    pub stream: String,
    /// The place in it.
    pub version: String,
    /// What really happens, whatever was asked.
    pub mode: Mode,
    /// How it stands to what the site has.
    pub standing: Standing,
    /// The version there is.
    pub newest: Option<String>,
    /// Bytes written by the copy; 0 when the store has everything.
    pub copy_bytes: u64,
    /// Bytes of blobs the store has already.
    pub held_bytes: u64,
    /// Names that will be pullable.
    pub images: Vec<String>,
    /// Templates that get a version.
    pub templates: Vec<String>,
    /// Blobs left out, by number.
    #[serde(skip)]
    pub(super) held: BTreeSet<u32>,
}

/// Decides. Refuses another product, a replay, and what does not fit the disk.
pub(super) fn plan(facts: Facts<'_>) -> Result<Plan, FrontError> {
    let Facts { bundle, mode, in_ledger, newest, manifests, present, free } = facts;
    bundle.judge_product(index::PRODUCT)?;
    let index = bundle.index();
    let age = newest.as_ref().map_or(Ok(()), |newest| bundle.judge_age(newest));
    let same = newest.as_ref().is_some_and(|newest| *newest == index.version);
    let standing = match age {
        Ok(()) => Standing::New,
        Err(_) if in_ledger && same => Standing::Again,
        Err(_) if in_ledger || mode == Mode::ContentOnly => Standing::Older,
        Err(refusal) => return Err(refusal),
    };
    let mode = match standing {
        Standing::New | Standing::Again => mode,
        Standing::Older => Mode::ContentOnly,
    };
    let numbers = (1..).zip(index.blobs.iter().skip(1));
    let missing = numbers
        .clone()
        .any(|(number, _)| !present.contains(&number) && !manifests.contains(&number));
    let held: BTreeSet<u32> = present.difference(&manifests).copied().collect();
    let held_bytes =
        numbers.filter(|(number, _)| held.contains(number)).map(|(_, blob)| blob.size).sum();
    // The pack takes its room at once, holes included, and gives the holes back while it copies.
    let copy_bytes = if missing { bundle.front().length() } else { 0 };
    bundle.judge_disk(copy_bytes, free)?;
    let templates = index.parts.iter().filter(|part| part.kind() == Kind::Template);
    Ok(Plan {
        id: bundle.front().id().to_string(),
        publisher: index.publisher.clone(),
        stream: index.stream.clone(),
        version: index.version.to_string(),
        mode,
        standing,
        newest: newest.map(|version| version.to_string()),
        copy_bytes,
        held_bytes,
        images: index.images().flat_map(|image| &image.names).map(ToString::to_string).collect(),
        templates: templates
            .filter_map(|part| part.files().map(|files| files.name.clone()))
            .collect(),
        held,
    })
}
