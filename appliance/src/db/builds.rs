//! Builds of workspaces.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A build, with its job and the names of what it belongs to.
#[derive(Debug, Clone)]
pub struct BuildRow {
    /// The build's id.
    pub id: Uuid,
    /// The workspace.
    pub workspace_id: Uuid,
    /// Rising within the workspace.
    pub number: i32,
    /// `start`, `stop` or `delete`.
    pub transition: String,
    /// The version of the template.
    pub template_version_id: Uuid,
    /// That version's number.
    pub template_version: i32,
    /// Its job.
    pub job_id: Uuid,
    /// Where the job is.
    pub job_status: String,
    /// Why the job failed.
    pub job_error: Option<Value>,
    /// Who asked for it.
    pub initiator: String,
    /// Name to value.
    pub parameters: Value,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When a worker took it.
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    pub completed_at: Option<OffsetDateTime>,
}

/// The latest build of each of these workspaces.
pub async fn latest(
    connection: &mut PgConnection,
    workspace_ids: &[Uuid],
) -> sqlx::Result<Vec<BuildRow>> {
    sqlx::query_as!(
        BuildRow,
        "select distinct on (b.workspace_id)
                b.id, b.workspace_id, b.number, b.transition, b.template_version_id,
                v.number as template_version, b.job_id, j.status as job_status,
                j.error as job_error, u.name as initiator, b.parameters, b.created_at,
                j.started_at, j.completed_at
         from builds b
         join jobs j on j.id = b.job_id
         join users u on u.id = b.initiator_id
         join template_versions v on v.id = b.template_version_id
         where b.workspace_id = any($1)
         order by b.workspace_id, b.number desc",
        workspace_ids
    )
    .fetch_all(connection)
    .await
}

/// Builds: one when `id` is given, else a workspace's, newest first, from before `before`.
pub async fn list(
    connection: &mut PgConnection,
    id: Option<Uuid>,
    workspace_id: Option<Uuid>,
    before: i32,
    limit: i64,
) -> sqlx::Result<Vec<BuildRow>> {
    sqlx::query_as!(
        BuildRow,
        "select b.id, b.workspace_id, b.number, b.transition, b.template_version_id,
                v.number as template_version, b.job_id, j.status as job_status,
                j.error as job_error, u.name as initiator, b.parameters, b.created_at,
                j.started_at, j.completed_at
         from builds b
         join jobs j on j.id = b.job_id
         join users u on u.id = b.initiator_id
         join template_versions v on v.id = b.template_version_id
         where ($1::uuid is null or b.id = $1)
           and ($2::uuid is null or b.workspace_id = $2)
           and b.number < $3
         order by b.number desc limit $4",
        id,
        workspace_id,
        before,
        limit
    )
    .fetch_all(connection)
    .await
}

/// The build with this id.
pub async fn by_id(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<BuildRow>> {
    Ok(list(connection, Some(id), None, i32::MAX, 1).await?.pop())
}

/// A build to be inserted.
#[derive(Debug)]
pub struct NewBuild<'a> {
    /// The build's id.
    pub id: Uuid,
    /// The workspace, which the caller has locked.
    pub workspace_id: Uuid,
    /// `start`, `stop` or `delete`.
    pub transition: &'a str,
    /// The version of the template.
    pub template_version_id: Uuid,
    /// Its job.
    pub job_id: Uuid,
    /// Who asked for it.
    pub initiator_id: Uuid,
    /// Name to value.
    pub parameters: Value,
    /// Now.
    pub now: OffsetDateTime,
}

/// Inserts a build with the next number.
pub async fn insert(connection: &mut PgConnection, new: NewBuild<'_>) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        "insert into builds (id, workspace_id, number, transition, template_version_id, job_id,
                             initiator_id, reason, parameters, created_at)
         select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, 'initiator', $7, $8
         from builds where workspace_id = $2
         returning number",
        new.id,
        new.workspace_id,
        new.transition,
        new.template_version_id,
        new.job_id,
        new.initiator_id,
        new.parameters,
        new.now
    )
    .fetch_one(connection)
    .await
}

/// The last inventory anyone stored for a workspace up to this build.
pub async fn inventory(
    connection: &mut PgConnection,
    workspace_id: Uuid,
    number: i32,
) -> sqlx::Result<Option<Value>> {
    let found = sqlx::query_scalar!(
        "select inventory from builds
         where workspace_id = $1 and number <= $2 and inventory is not null
         order by number desc limit 1",
        workspace_id,
        number
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.flatten())
}

/// Stores what a build left behind.
pub async fn set_inventory(
    connection: &mut PgConnection,
    id: Uuid,
    inventory: &Value,
) -> sqlx::Result<()> {
    sqlx::query!("update builds set inventory = $2 where id = $1", id, inventory)
        .execute(connection)
        .await
        .map(drop)
}
