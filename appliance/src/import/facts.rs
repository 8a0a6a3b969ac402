//! Gathering what a plan is decided from; writes nothing.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use atoll_bundle::copy::Chunks;
use atoll_bundle::trailer::Window;
use atoll_bundle::{Verified, Version};
use atoll_signing::{Envelope, Keyring, Purpose, RevocationState};
use sqlx::PgConnection;

use super::content::{Manifests, read_manifests};
use super::plan::{Facts, plan};
use super::{Deps, Plan, Request, copy_problem, front_problem, open};
use crate::app::authorize::{Action, Resource, authorize};
use crate::app::failed;
use crate::db;
use crate::error::{Outcome, Problem, codes};

/// A bundle that may be imported, and what that would do.
#[derive(Debug)]
pub struct Prepared {
    pub(super) path: PathBuf,
    pub(super) source: Window<File>,
    pub(super) bundle: Verified,
    pub(super) chunks: Chunks,
    pub(super) manifests: Manifests,
    pub(super) revocations: RevocationState,
    /// What would be done.
    pub plan: Plan,
}

/// Opens and judges a bundle, and decides what an import would do.
pub async fn prepare(request: &Request, deps: &Deps) -> Outcome<Prepared> {
    authorize(&deps.caller, Action::Update, Resource::Site)?;
    let mut connection = deps.app.connection().await?;
    let revocations = revocations(&mut connection, &deps.keyring).await?;
    let (keyring, state, path) = (deps.keyring.clone(), revocations.clone(), request.path.clone());
    let opened = blocking(move || {
        let opened = open(&path)?;
        let bundle = opened.front.verify(&keyring, &state);
        let bundle = bundle.map_err(|error| front_problem(&path, &error))?;
        let read = Chunks::load(bundle.front(), &opened.source).and_then(|chunks| {
            let manifests = read_manifests(&bundle, &chunks, &opened.source)?;
            Ok((chunks, manifests))
        });
        let (chunks, manifests) = read.map_err(|error| copy_problem(&path, &error))?;
        Ok((opened.source, bundle, chunks, manifests))
    });
    let (source, bundle, chunks, manifests) = opened.await?;
    let index = bundle.index();
    let id = bundle.front().id().to_string();
    let ledger = db::bundles::by_id(&mut connection, &id).await;
    let in_ledger = ledger.map_err(failed("read the ledger of bundles"))?.is_some();
    let newest = newest(&mut connection, &index.publisher, &index.stream).await?;
    drop(connection);
    let present = present(deps, &bundle, &request.path).await?;
    let space = deps.store.space().await.map_err(|error| stored(&request.path, &error))?;
    let manifest_numbers = manifests.numbers();
    let plan = plan(Facts {
        bundle: &bundle,
        mode: request.mode,
        in_ledger,
        newest,
        manifests: manifest_numbers,
        present,
        free: space.free_bytes,
    })
    .map_err(|error| front_problem(&request.path, &error))?;
    let path = request.path.clone();
    Ok(Prepared { path, source, bundle, chunks, manifests, revocations, plan })
}

/// Runs what waits for a disk where that is allowed.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Problem::new(&codes::INTERNAL, "reading the bundle was interrupted").because(&error)
    })?
}

/// A refusal of the mirror's store.
pub(super) fn stored(path: &Path, error: &atoll_mirror::StoreError) -> Problem {
    let message = format!("the bundle `{}` cannot be stored", path.display());
    Problem::new(&codes::bundle::STORE, message).because(error)
}

/// The newest version of a stream.
pub(super) async fn newest(
    connection: &mut PgConnection,
    publisher: &str,
    stream: &str,
) -> Outcome<Option<Version>> {
    let newest = db::bundles::newest(connection, publisher, stream).await;
    let newest = newest.map_err(failed("read the newest version of the stream"))?;
    newest.map(|text| text.parse()).transpose().map_err(
        |error: atoll_bundle::version::VersionError| {
            Problem::new(&codes::INTERNAL, "the ledger holds no version").because(&error)
        },
    )
}

/// The revocation lists in force at this site, as far as its keyring still believes them.
async fn revocations(connection: &mut PgConnection, keyring: &Keyring) -> Outcome<RevocationState> {
    let texts = db::licenses::revocation_lists(connection).await;
    let mut state = RevocationState::none();
    for text in texts.map_err(failed("read the revocation lists"))? {
        let envelope = Envelope::from_text(Purpose::Revocation, &text);
        let accepted = envelope.is_ok_and(|envelope| state.accept(&envelope, keyring).is_ok());
        if !accepted {
            tracing::warn!("a revocation list is no longer believed by this site");
        }
    }
    Ok(state)
}

/// The numbers of the blobs the store has.
async fn present(deps: &Deps, bundle: &Verified, path: &Path) -> Outcome<BTreeSet<u32>> {
    let blobs = &bundle.index().blobs;
    let mut asked = Vec::with_capacity(blobs.len());
    for blob in blobs {
        asked.push(mirror_digest(&blob.digest)?);
    }
    let found: HashSet<atoll_mirror::Digest> =
        deps.store.has(&asked).await.map_err(|error| stored(path, &error))?;
    let numbers = (0..).zip(&asked).skip(1);
    Ok(numbers.filter(|(_, digest)| found.contains(digest)).map(|(number, _)| number).collect())
}

/// The mirror's form of a digest.
pub(super) fn mirror_digest(digest: &atoll_bundle::Digest) -> Outcome<atoll_mirror::Digest> {
    digest.to_string().parse().map_err(|error: atoll_mirror::digest::ParseDigestError| {
        Problem::new(&codes::INTERNAL, "the mirror knows another form of digest").because(&error)
    })
}
