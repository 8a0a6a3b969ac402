//! Bundles: the ledger, and enqueuing an import. The import itself is a job.

use std::path::PathBuf;

use atoll_wire as wire;

use super::authorize::{Action, Resource, authorize};
use super::work::ImportBundle;
use super::{App, Caller, Limit, commit, failed};
use crate::db;
use crate::error::{Outcome, Problem, codes};
use crate::queue::{self, Origin};

/// The bundles taken in, the last first.
pub async fn list(app: &App, caller: &Caller, limit: Limit) -> Outcome<Vec<wire::Bundle>> {
    authorize(caller, Action::Read, Resource::Site)?;
    let mut connection = app.connection().await?;
    let rows = db::bundles::list(&mut connection, limit.get()).await;
    let rows = rows.map_err(failed("read the ledger of bundles"))?;
    let bundle = |row: db::bundles::BundleRow| wire::Bundle {
        id: row.id,
        publisher: row.publisher,
        stream: row.stream,
        version: row.version,
        made_at: row.made_at,
        root: row.root,
        size_bytes: row.size_bytes,
        mode: row.mode,
        imported_at: row.imported_at,
        receipt: row.receipt,
    };
    Ok(rows.into_iter().map(bundle).collect())
}

/// Enqueues an import of a file on this machine.
pub async fn import(
    app: &App,
    caller: &Caller,
    request: wire::ImportBundle,
) -> Outcome<wire::StartedJob> {
    authorize(caller, Action::Update, Resource::Site)?;
    let wire::ImportBundle { path, content_only, dry_run } = request;
    let path = PathBuf::from(path);
    if !path.is_absolute() {
        let message = format!("`{}` is not an absolute path", path.display());
        return Err(Problem::new(&codes::server::REQUEST_MALFORMED, message));
    }
    let (now, job_id) = (app.clock().now(), app.clock().new_id());
    let origin =
        Origin { organization_id: caller.organization_id, initiator_id: Some(caller.user_id) };
    let payload = ImportBundle { path, content_only, dry_run, caller_id: caller.user_id };
    let mut transaction = app.begin().await?;
    queue::enqueue(&mut transaction, job_id, &payload, origin, now)
        .await
        .map_err(failed("enqueue the import"))?;
    commit(transaction).await?;
    Ok(wire::StartedJob { job_id })
}
