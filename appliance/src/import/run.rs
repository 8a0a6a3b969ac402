//! Doing what a plan says: copy, then everything visible at once, then receipt and templates.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use atoll_bundle::copy::copy;
use atoll_bundle::{Checkpoint, CopyError, Flow, ImageName, Progress};
use atoll_mirror::store::{
    PackContents, PackPlan, PackWriter, PackedBlob, PackedManifest, PackedTag,
};
use atoll_mirror::{RepositoryName, Tag};
use serde::Serialize;
use serde_json::json;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::facts::{blocking, mirror_digest, newest, stored};
use super::sink::{PackSink, Saved};
use super::{
    Deps, Event, Mode, Observer, Plan, Prepared, copy_problem, front_problem, receipt, revoke,
    templates,
};
use crate::app::audit::{Deed, record};
use crate::app::{commit, failed};
use crate::db;
use crate::db::bundles::BundleRow;
use crate::error::{Outcome, Problem, codes};

/// The repository that keeps what no image refers to from being collected.
const PARTS_REPOSITORY: &str = "atoll.site/parts";

/// What an import did.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// What was planned.
    #[serde(flatten)]
    pub plan: Plan,
    /// Bytes of blobs that were copied.
    pub copied_bytes: u64,
    /// Where the copy was taken up; 0 for one from the start.
    pub resumed_at: u64,
    /// The receipt's file.
    pub receipt: PathBuf,
    /// Templates that got a new version.
    pub templates_pushed: Vec<String>,
}

/// Imports a prepared bundle. Stopped at any point, the same import goes on later.
pub async fn run(
    prepared: Prepared,
    deps: &Deps,
    observer: &Observer,
    cancel: &CancellationToken,
) -> Outcome<Imported> {
    let keyring = deps.keyring.clone();
    let (prepared, lists) = on(prepared, move |prepared| revoke::lists(prepared, &keyring)).await?;
    let (mut prepared, packed) = on(prepared, templates::pack).await?;
    let copied = loop {
        match fill(prepared, deps, observer, cancel).await? {
            Filled::Pack(filled, copied) => {
                prepared = *filled;
                break copied;
            }
            Filled::Again(again) => prepared = *again,
        }
    };
    let Copied { writer, held, payload, resumed_at } = copied;
    let imported_at = deps.app.clock().now();
    let text = receipt::sign(&prepared.bundle, &prepared.plan, &deps.site_key, imported_at);
    let row = ledger_row(&prepared, imported_at, text);
    finish(&prepared, deps, writer, &held, (&row, &lists)).await?;
    let receipt = receipt::write(&deps.receipts, &prepared.plan, &row.receipt)?;
    let plan = prepared.plan;
    let templates_pushed = match plan.mode {
        Mode::Whole => {
            let message = format!("from {} {} of {}", plan.stream, plan.version, plan.publisher);
            templates::push(deps, packed, &message).await?
        }
        Mode::ContentOnly => Vec::new(),
    };
    Ok(Imported { plan, copied_bytes: payload, resumed_at, receipt, templates_pushed })
}

/// Runs a step that reads the bundle where waiting is allowed.
async fn on<T: Send + 'static>(
    prepared: Prepared,
    step: impl FnOnce(&Prepared) -> Outcome<T> + Send + 'static,
) -> Outcome<(Prepared, T)> {
    blocking(move || {
        let done = step(&prepared)?;
        Ok((prepared, done))
    })
    .await
}

/// A pack with everything in it that the store lacked.
struct Copied {
    writer: PackWriter,
    held: BTreeSet<u32>,
    payload: u64,
    resumed_at: u64,
}

enum Filled {
    Pack(Box<Prepared>, Copied),
    /// What an earlier import had left out is gone from the store: begin again.
    Again(Box<Prepared>),
}

async fn fill(
    prepared: Prepared,
    deps: &Deps,
    observer: &Observer,
    cancel: &CancellationToken,
) -> Outcome<Filled> {
    let path = prepared.path.clone();
    let (key, size_bytes) = (prepared.plan.id.clone(), prepared.plan.copy_bytes);
    let writer = deps.store.pack(PackPlan { key, size_bytes }).await;
    let writer = writer.map_err(|error| pack_problem(&path, &error))?;
    if size_bytes == 0 {
        observer(Event::Note("the store has every blob already".into()));
        let held = prepared.plan.held.clone();
        let copied = Copied { writer, held, payload: 0, resumed_at: 0 };
        return Ok(Filled::Pack(Box::new(prepared), copied));
    }
    let saved: Option<Saved> = serde_json::from_slice(writer.progress()).ok();
    let (held, resume) = match saved {
        Some(Saved { checkpoint, held }) => (held, Some(checkpoint)),
        None => (prepared.plan.held.clone(), None),
    };
    if held.difference(&prepared.plan.held).next().is_some() {
        writer.abandon().await.map_err(|error| stored(&path, &error))?;
        return Ok(Filled::Again(Box::new(prepared)));
    }
    if let Some(checkpoint) = &resume {
        observer(Event::Note(format!("going on at offset {}", checkpoint.position)));
    }
    let sink = PackSink { writer, runtime: Handle::current(), held };
    let (observer, cancel) = (observer.clone(), cancel.clone());
    blocking(move || copy_all(prepared, sink, resume.as_ref(), &observer, &cancel)).await
}

fn copy_all(
    prepared: Prepared,
    mut sink: PackSink,
    resume: Option<&Checkpoint>,
    observer: &Observer,
    cancel: &CancellationToken,
) -> Outcome<Filled> {
    let held = sink.held.clone();
    let leave_out = |number: usize| u32::try_from(number).is_ok_and(|n| held.contains(&n));
    let mut watch = |Progress { done, total }| {
        observer(Event::Copying { done, total });
        if cancel.is_cancelled() { Flow::Stop } else { Flow::Continue }
    };
    let parts = (&prepared.bundle, &prepared.source as &dyn atoll_bundle::Source);
    let copied = copy(parts, &mut sink, resume, &leave_out, &mut watch);
    let copied = copied.map_err(|error| match &error {
        CopyError::Write { source, .. } | CopyError::Sync { source, .. }
            if source.kind() == std::io::ErrorKind::StorageFull =>
        {
            let message =
                format!("the disk filled up while `{}` was copied", prepared.path.display());
            Problem::new(&codes::bundle::DISK_SHORT, message).because(&error)
        }
        _ => copy_problem(&prepared.path, &error),
    })?;
    let (payload, resumed_at) = (copied.payload, copied.resumed_at);
    let copied = Copied { writer: sink.writer, held, payload, resumed_at };
    Ok(Filled::Pack(Box::new(prepared), copied))
}

fn pack_problem(path: &Path, error: &atoll_mirror::StoreError) -> Problem {
    match error {
        atoll_mirror::StoreError::PackBusy(_) => {
            let message = format!("the bundle `{}` is being imported already", path.display());
            Problem::new(&codes::bundle::BUSY, message)
        }
        _ => stored(path, error),
    }
}

fn ledger_row(
    prepared: &Prepared,
    imported_at: time::OffsetDateTime,
    receipt: String,
) -> BundleRow {
    let (index, signer) = (prepared.bundle.index(), prepared.bundle.signer());
    BundleRow {
        id: prepared.plan.id.clone(),
        publisher: index.publisher.clone(),
        stream: index.stream.clone(),
        version: index.version.to_string(),
        made_at: index.made_at,
        root: signer.root.to_string(),
        signer: signer.key.to_string(),
        size_bytes: i64::try_from(prepared.bundle.front().length()).unwrap_or(i64::MAX),
        mode: prepared.plan.mode.as_str().to_owned(),
        imported_at,
        receipt,
    }
}

/// The one transaction: pack, manifests, tags, ledger, revocations, audit.
async fn finish(
    prepared: &Prepared,
    deps: &Deps,
    writer: PackWriter,
    held: &BTreeSet<u32>,
    (row, lists): (&BundleRow, &[revoke::News]),
) -> Outcome<()> {
    let contents = contents(prepared, held)?;
    let mut transaction = deps.app.begin().await?;
    let doing = failed("write the ledger of bundles");
    db::bundles::lock(&mut transaction).await.map_err(&doing)?;
    // Another import may have come first since the plan was made.
    let newest = newest(&mut transaction, &row.publisher, &row.stream).await?;
    let moved_on = newest.filter(|newest| Some(newest.to_string()) != prepared.plan.newest);
    if let (Mode::Whole, Some(newest)) = (prepared.plan.mode, moved_on) {
        let judged = prepared.bundle.judge_age(&newest);
        judged.map_err(|error| front_problem(&prepared.path, &error))?;
    }
    writer
        .commit(&mut transaction, &contents)
        .await
        .map_err(|error| stored(&prepared.path, &error))?;
    db::bundles::insert(&mut transaction, row).await.map_err(&doing)?;
    if prepared.plan.mode == Mode::Whole {
        db::bundles::set_newest(&mut transaction, row).await.map_err(&doing)?;
    }
    for revoke::News { root, serial, text } in lists {
        let put = db::licenses::put_revocation_list(
            &mut transaction,
            root,
            *serial,
            text,
            row.imported_at,
        );
        put.await.map_err(failed("put a revocation list in force"))?;
    }
    let deed = Deed::new("bundle.import", &row.id, &row.stream).with(json!({
        "publisher": row.publisher, "version": row.version, "mode": row.mode,
    }));
    record(&deps.app, &mut transaction, &deps.caller, deed).await?;
    still_there(prepared, deps, held).await?;
    commit(transaction).await?;
    deps.store.forget_lookups();
    Ok(())
}

/// What was left out of the pack must be in the store now that manifests refer to it.
async fn still_there(prepared: &Prepared, deps: &Deps, held: &BTreeSet<u32>) -> Outcome<()> {
    let blobs = (0_u32..).zip(&prepared.bundle.index().blobs);
    let left_out = blobs.filter(|(number, _)| held.contains(number));
    let digests: Vec<_> =
        left_out.map(|(_, blob)| mirror_digest(&blob.digest)).collect::<Outcome<_>>()?;
    let found = deps.store.has(&digests).await.map_err(|error| stored(&prepared.path, &error))?;
    match digests.iter().find(|digest| !found.contains(digest)) {
        None => Ok(()),
        Some(digest) => {
            let message = format!("the store gave up the blob `{digest}` during the import");
            Err(Problem::new(&codes::bundle::STORE, message))
        }
    }
}

/// What the pack brings.
fn contents(prepared: &Prepared, held: &BTreeSet<u32>) -> Outcome<PackContents> {
    let Prepared { bundle, manifests, plan, .. } = prepared;
    let base = bundle.front().container().payload_base();
    let (manifest_numbers, mut contents) = (manifests.numbers(), PackContents::default());
    let in_pack = |number: &u32| plan.copy_bytes > 0 && !held.contains(number);
    for (number, blob) in (0..).zip(&bundle.index().blobs).skip(1) {
        if in_pack(&number) && !manifest_numbers.contains(&number) {
            contents.blobs.push(PackedBlob {
                digest: mirror_digest(&blob.digest)?,
                size_bytes: blob.size,
                offset_bytes: base + blob.offset,
            });
        }
    }
    for image in bundle.index().images() {
        let mut repositories = BTreeSet::new();
        for name in &image.names {
            repositories.insert(name.repository());
            if let (Mode::Whole, Some(tag)) = (plan.mode, name.tag()) {
                contents.tags.push(PackedTag {
                    repository: repository(name.repository())?,
                    tag: mirror_tag(name, tag)?,
                    digest: mirror_digest(&image.manifest)?,
                });
            }
        }
        for name in repositories {
            for manifest in manifests.of(image) {
                contents.manifests.push(PackedManifest {
                    repository: repository(name)?,
                    digest: mirror_digest(&manifest.digest)?,
                    media_type: manifest.media_type.clone(),
                    content: manifest.content.clone(),
                });
            }
        }
    }
    let files = bundle.index().parts.iter().filter_map(|part| part.files());
    let digests: BTreeSet<_> =
        files.flat_map(|files| &files.files).map(|file| file.digest).collect();
    for digest in digests {
        contents.links.push((repository(PARTS_REPOSITORY)?, mirror_digest(&digest)?));
    }
    Ok(contents)
}

fn repository(name: &str) -> Outcome<RepositoryName> {
    name.parse().map_err(|error: atoll_mirror::name::ParseNameError| {
        let message = format!("the mirror takes no repository named `{name}`");
        Problem::new(&codes::bundle::FORMAT_UNKNOWN, message).because(&error)
    })
}

fn mirror_tag(name: &ImageName, tag: &str) -> Outcome<Tag> {
    tag.parse().map_err(|error: atoll_mirror::name::ParseNameError| {
        let message = format!("the mirror takes no tag as in `{name}`");
        Problem::new(&codes::bundle::FORMAT_UNKNOWN, message).because(&error)
    })
}
