//! The programs in workspaces.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `agents`.
#[derive(Debug, Clone)]
pub struct AgentRow {
    /// The agent's id.
    pub id: Uuid,
    /// The workspace it runs in.
    pub workspace_id: Uuid,
    /// The build that made it.
    pub build_id: Uuid,
    /// Unique within the build.
    pub name: String,
    /// The SHA-256 of its token's secret.
    pub token_hash: Vec<u8>,
    /// `pending`, `active` or `retired`.
    pub token_state: String,
    /// `connecting`, `connected`, `disconnected` or `timeout`.
    pub state: String,
    /// Empty until it connected.
    pub version: String,
    /// Empty until it connected.
    pub os: String,
    /// Empty until it connected.
    pub architecture: String,
    /// Empty until it connected.
    pub directory: String,
    /// When the row was made.
    pub created_at: OffsetDateTime,
    /// When it first connected.
    pub first_connected_at: Option<OffsetDateTime>,
    /// When it was last heard of.
    pub last_seen_at: Option<OffsetDateTime>,
    /// When its connection ended.
    pub disconnected_at: Option<OffsetDateTime>,
}

/// Agents of these builds, by name.
pub async fn by_builds(
    connection: &mut PgConnection,
    build_ids: &[Uuid],
) -> sqlx::Result<Vec<AgentRow>> {
    sqlx::query_as!(
        AgentRow,
        "select * from agents where build_id = any($1) order by build_id, name",
        build_ids
    )
    .fetch_all(connection)
    .await
}

/// An agent with what decides whether its token counts.
#[derive(Debug, Clone)]
pub struct AgentAuthRow {
    /// The agent's id.
    pub id: Uuid,
    /// Its name within the build.
    pub name: String,
    /// The workspace it runs in.
    pub workspace_id: Uuid,
    /// That workspace's name.
    pub workspace: String,
    /// The workspace's owner.
    pub owner_id: Uuid,
    /// That owner's name.
    pub owner: String,
    /// The build that made it.
    pub build_number: i32,
    /// The version of the template it was built from.
    pub template_version_id: Uuid,
    /// The SHA-256 of its token's secret.
    pub token_hash: Vec<u8>,
    /// `pending`, `active` or `retired`.
    pub token_state: String,
    /// The build's transition.
    pub transition: String,
    /// Where the build's job is.
    pub job_status: String,
    /// When the workspace was removed.
    pub workspace_deleted_at: Option<OffsetDateTime>,
}

/// What decides whether an agent's token counts.
pub async fn for_token(
    connection: &mut PgConnection,
    id: Uuid,
) -> sqlx::Result<Option<AgentAuthRow>> {
    sqlx::query_as!(
        AgentAuthRow,
        "select a.id, a.name, a.workspace_id, w.name as workspace, w.owner_id, u.name as owner,
                b.number as build_number, b.template_version_id, a.token_hash, a.token_state,
                b.transition, j.status as job_status, w.deleted_at as workspace_deleted_at
         from agents a
         join builds b on b.id = a.build_id
         join jobs j on j.id = b.job_id
         join workspaces w on w.id = a.workspace_id
         join users u on u.id = w.owner_id
         where a.id = $1",
        id
    )
    .fetch_optional(connection)
    .await
}

/// An agent to be inserted.
#[derive(Debug)]
pub struct NewAgent<'a> {
    /// The agent's id.
    pub id: Uuid,
    /// The workspace it will run in.
    pub workspace_id: Uuid,
    /// The build that makes it.
    pub build_id: Uuid,
    /// Unique within the build.
    pub name: &'a str,
    /// The SHA-256 of its token's secret.
    pub token_hash: &'a [u8],
    /// Now.
    pub now: OffsetDateTime,
}

/// Inserts an agent whose token does not count yet, unless the build has it already; gives its id.
pub async fn ensure(connection: &mut PgConnection, new: NewAgent<'_>) -> sqlx::Result<Uuid> {
    sqlx::query!(
        "insert into agents (id, workspace_id, build_id, name, token_hash, token_state, state,
                             created_at)
         values ($1, $2, $3, $4, $5, 'pending', 'connecting', $6)
         on conflict (build_id, name) do nothing",
        new.id,
        new.workspace_id,
        new.build_id,
        new.name,
        new.token_hash,
        new.now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar!(
        "select id from agents where build_id = $1 and name = $2",
        new.build_id,
        new.name
    )
    .fetch_one(connection)
    .await
}

/// Makes the tokens of a build count.
pub async fn activate(connection: &mut PgConnection, build_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "update agents set token_state = 'active'
         where build_id = $1 and token_state = 'pending'",
        build_id
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Ends the tokens of a workspace's agents of builds before this number.
pub async fn retire_before(
    connection: &mut PgConnection,
    workspace_id: Uuid,
    number: i32,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "update agents a
         set token_state = 'retired', state = 'disconnected',
             disconnected_at = coalesce(a.disconnected_at, $3)
         from builds b
         where b.id = a.build_id and a.workspace_id = $1 and b.number < $2
           and a.token_state <> 'retired'
         returning a.id",
        workspace_id,
        number,
        now
    )
    .fetch_all(connection)
    .await
}

/// What an agent says of itself when it connects.
#[derive(Debug, Clone, Default)]
pub struct AgentFacts {
    /// Its version.
    pub version: String,
    /// The kernel.
    pub os: String,
    /// The processor.
    pub architecture: String,
    /// Where a shell starts.
    pub directory: String,
}

/// Notes that an agent is connected.
pub async fn connected(
    connection: &mut PgConnection,
    id: Uuid,
    facts: &AgentFacts,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update agents set state = 'connected', version = $2, os = $3, architecture = $4,
                           directory = $5, last_seen_at = $6, disconnected_at = null,
                           first_connected_at = coalesce(first_connected_at, $6)
         where id = $1 and token_state <> 'retired'",
        id,
        facts.version,
        facts.os,
        facts.architecture,
        facts.directory,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Notes that agents were heard of.
pub async fn seen(
    connection: &mut PgConnection,
    ids: &[Uuid],
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update agents set last_seen_at = $2
         where id = any($1) and state = 'connected'",
        ids,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Notes that an agent's connection ended.
pub async fn disconnected(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update agents set state = 'disconnected', disconnected_at = $2
         where id = $1 and state = 'connected'",
        id,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Marks agents as disconnected that say they are connected and were not heard of since.
pub async fn expire_connected(
    connection: &mut PgConnection,
    silent_since: OffsetDateTime,
    now: OffsetDateTime,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update agents set state = 'disconnected', disconnected_at = $2
         where state = 'connected' and token_state <> 'retired' and last_seen_at < $1",
        silent_since,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Marks agents as late that should have connected by now: `connection_timeout_seconds` of their
/// template after their build ended.
pub async fn expire_connecting(
    connection: &mut PgConnection,
    now: OffsetDateTime,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update agents a set state = 'timeout'
         from builds b
         join jobs j on j.id = b.job_id
         join template_versions v on v.id = b.template_version_id
         where b.id = a.build_id and a.state = 'connecting' and a.token_state = 'active'
           and j.completed_at + make_interval(secs => coalesce((
                 select (agent ->> 'connection_timeout_seconds')::float8
                 from jsonb_array_elements(v.spec -> 'agents') agent
                 where agent ->> 'name' = a.name), 120)) < $1",
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
