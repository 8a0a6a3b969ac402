//! Versions of templates: pushed by owners, imported by a job, never changed.

use atoll_wire as wire;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

use super::audit::{Deed, record};
use super::authorize::{Action, Resource, authorize};
use super::work::ImportTemplate;
use super::{App, Caller, Limit, commit, convert, failed, templates};
use crate::db;
use crate::db::templates::TemplateRow;
use crate::db::versions::{NewVersion, VersionRow};
use crate::error::{Outcome, Problem, codes};
use crate::model::{JobStatus, TemplateName};
use crate::queue::{self, Origin};

/// A pushed archive, compressed: the files may have 4 MiB together, which the import checks.
pub const PUSH_BYTES_MAX: usize = 5 << 20;
/// What the pusher says about a version: some lines.
const MESSAGE_BYTES_MAX: usize = 4096;
/// How a zstd frame begins.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A version to be.
#[derive(Debug)]
pub struct Push {
    /// The template, which is made if there is none.
    pub template: String,
    /// A tar, compressed with zstd.
    pub files: Vec<u8>,
    /// What the pusher says.
    pub message: String,
    /// Whether new workspaces get it once it is imported.
    pub activate: bool,
}

/// Keeps a version and enqueues its import.
pub async fn push(app: &App, caller: &Caller, push: Push) -> Outcome<wire::TemplateVersion> {
    authorize(caller, Action::Create, Resource::Template)?;
    let Push { template, files, message, activate } = push;
    let name = TemplateName::parse(&template).map_err(|error| {
        let message = format!("`{}` is not a template's name", template.escape_debug());
        Problem::new(&codes::workspace::TEMPLATE_NAME_INVALID, message).because(&error)
    })?;
    if files.len() > PUSH_BYTES_MAX || !files.starts_with(&ZSTD_MAGIC) {
        let message = "the body is not a tar compressed with zstd, or too large";
        return Err(Problem::new(&codes::template::TEMPLATE_FILES, message));
    }
    if message.len() > MESSAGE_BYTES_MAX {
        let message = format!("the message has more than {MESSAGE_BYTES_MAX} bytes");
        return Err(Problem::new(&codes::server::REQUEST_MALFORMED, message));
    }
    let (now, job_id, version_id) = (app.clock().now(), app.clock().new_id(), app.clock().new_id());
    let mut transaction = app.begin().await?;
    let ids = (app.clock().new_id(), caller.organization_id);
    let template_id =
        db::templates::ensure(&mut transaction, ids, name.as_str(), caller.user_id, now)
            .await
            .map_err(failed("keep the template"))?;
    let origin =
        Origin { organization_id: caller.organization_id, initiator_id: Some(caller.user_id) };
    queue::enqueue(&mut transaction, job_id, &ImportTemplate { version_id }, origin, now)
        .await
        .map_err(failed("enqueue the import"))?;
    let files_sha256 = Sha256::digest(&files);
    let new = NewVersion {
        id: version_id,
        organization_id: caller.organization_id,
        template_id,
        message: &message,
        files: &files,
        files_sha256: &files_sha256,
        activate,
        job_id,
        created_by: caller.user_id,
        now,
    };
    let number =
        db::versions::insert(&mut transaction, new).await.map_err(failed("keep the version"))?;
    let deed = Deed::new("template.push", &template_id, name.as_str())
        .with(json!({ "version": number, "sha256": hex::encode(files_sha256) }));
    record(app, &mut transaction, caller, deed).await?;
    let row = by_id(&mut transaction, version_id).await?;
    commit(transaction).await?;
    convert::version(row)
}

/// Versions of a template, newest first, from before `before`.
pub async fn list(
    app: &App,
    caller: &Caller,
    template: &str,
    before: Option<i32>,
    limit: Limit,
) -> Outcome<wire::Page<wire::TemplateVersion>> {
    authorize(caller, Action::Read, Resource::Template)?;
    let mut connection = app.connection().await?;
    let template = templates::find(&mut connection, template).await?;
    let before = before.unwrap_or(i32::MAX);
    let rows = db::versions::list(&mut connection, template.id, None, before, limit.get())
        .await
        .map_err(failed("list the versions"))?;
    convert::try_page(rows, limit, |row| row.number.to_string(), convert::version)
}

/// One version.
pub async fn show(
    app: &App,
    caller: &Caller,
    template: &str,
    number: i32,
) -> Outcome<wire::TemplateVersion> {
    authorize(caller, Action::Read, Resource::Template)?;
    let mut connection = app.connection().await?;
    let template = templates::find(&mut connection, template).await?;
    convert::version(find(&mut connection, &template, number).await?)
}

/// The files of a version: a tar, compressed with zstd.
pub async fn files(app: &App, caller: &Caller, template: &str, number: i32) -> Outcome<Vec<u8>> {
    authorize(caller, Action::Read, Resource::Template)?;
    let mut connection = app.connection().await?;
    let template = templates::find(&mut connection, template).await?;
    let version = find(&mut connection, &template, number).await?;
    let files =
        db::versions::files(&mut connection, version.id).await.map_err(failed("read the files"))?;
    files.ok_or_else(|| not_found(&template, number))
}

/// The version with this id.
pub(super) async fn by_id(connection: &mut PgConnection, id: uuid::Uuid) -> Outcome<VersionRow> {
    let row = db::versions::by_id(connection, id).await.map_err(failed("find the version"))?;
    row.ok_or_else(|| Problem::new(&codes::INTERNAL, format!("the version `{id}` is gone")))
}

/// The version of a template with this number.
async fn find(
    connection: &mut PgConnection,
    template: &TemplateRow,
    number: i32,
) -> Outcome<VersionRow> {
    let mut rows = db::versions::list(connection, template.id, Some(number), i32::MAX, 1)
        .await
        .map_err(failed("find the version"))?;
    rows.pop().ok_or_else(|| not_found(template, number))
}

fn not_found(template: &TemplateRow, number: i32) -> Problem {
    let message = format!("the template `{}` has no version {number}", template.name);
    Problem::new(&codes::workspace::TEMPLATE_VERSION_NOT_FOUND, message)
}

/// The version a workspace can be built from: this one, or else the template's active one.
pub(super) async fn ready(
    connection: &mut PgConnection,
    template: &TemplateRow,
    number: Option<i32>,
) -> Outcome<VersionRow> {
    let not_ready = |why: &str| {
        let message = format!("the template `{}` {why}", template.name);
        Problem::new(&codes::workspace::TEMPLATE_NOT_READY, message)
    };
    let number = number
        .or(template.active_version)
        .ok_or_else(|| not_ready("has no version whose import succeeded"))?;
    let version = find(connection, template, number).await?;
    match convert::word(JobStatus::parse, &version.job_status)? {
        JobStatus::Succeeded => Ok(version),
        JobStatus::Pending | JobStatus::Running | JobStatus::Canceling => {
            Err(not_ready(&format!("is still importing version {number}")))
        }
        JobStatus::Canceled | JobStatus::Failed => {
            Err(not_ready(&format!("could not import version {number}")))
        }
    }
}
