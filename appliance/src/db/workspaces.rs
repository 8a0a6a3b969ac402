//! Workspaces.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A workspace, with the names of what it belongs to.
#[derive(Debug, Clone)]
pub struct WorkspaceRow {
    /// The workspace's id.
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: Uuid,
    /// Unique among its owner's.
    pub name: String,
    /// The owner.
    pub owner_id: Uuid,
    /// The owner's name.
    pub owner: String,
    /// The template.
    pub template_id: Uuid,
    /// The template's name.
    pub template: String,
    /// The version new workspaces get.
    pub active_version_id: Option<Uuid>,
    /// The SSH host key, in OpenSSH's form.
    pub host_key_public: Option<String>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When somebody last worked in it.
    pub last_used_at: OffsetDateTime,
    /// When it was removed.
    pub deleted_at: Option<OffsetDateTime>,
}

/// Which workspaces to list.
#[derive(Debug, Default)]
pub struct WorkspaceFilter<'a> {
    /// Only this one, removed or not.
    pub id: Option<Uuid>,
    /// Only this owner's.
    pub owner_id: Option<Uuid>,
    /// Only those of this name.
    pub name: Option<&'a str>,
    /// From behind this id.
    pub after: Option<Uuid>,
}

/// Workspaces in the order they were made.
pub async fn list(
    connection: &mut PgConnection,
    filter: WorkspaceFilter<'_>,
    limit: i64,
) -> sqlx::Result<Vec<WorkspaceRow>> {
    sqlx::query_as!(
        WorkspaceRow,
        r#"select w.id, w.organization_id, w.name, w.owner_id, u.name as owner, w.template_id,
                  t.name as template, t.active_version_id, w.host_key_public, w.created_at,
                  w.last_used_at, w.deleted_at
           from workspaces w
           join users u on u.id = w.owner_id
           join templates t on t.id = w.template_id
           where ($1::uuid is null or w.id = $1)
             and ($1::uuid is not null or w.deleted_at is null)
             and ($2::uuid is null or w.owner_id = $2)
             and ($3::text is null or w.name = $3)
             and ($4::uuid is null or w.id > $4)
           order by w.id limit $5"#,
        filter.id,
        filter.owner_id,
        filter.name,
        filter.after,
        limit
    )
    .fetch_all(connection)
    .await
}

/// The workspace with this id, removed or not.
pub async fn by_id(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<WorkspaceRow>> {
    let filter = WorkspaceFilter { id: Some(id), ..WorkspaceFilter::default() };
    Ok(list(connection, filter, 1).await?.pop())
}

/// A workspace to be inserted.
#[derive(Debug)]
pub struct NewWorkspace<'a> {
    /// The workspace's id.
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: Uuid,
    /// The owner.
    pub owner_id: Uuid,
    /// The template.
    pub template_id: Uuid,
    /// Unique among its owner's.
    pub name: &'a str,
    /// Now.
    pub now: OffsetDateTime,
}

/// Inserts a workspace.
pub async fn insert(connection: &mut PgConnection, new: NewWorkspace<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into workspaces (id, organization_id, owner_id, template_id, name, created_at,
                                 updated_at, last_used_at)
         values ($1, $2, $3, $4, $5, $6, $6, $6)",
        new.id,
        new.organization_id,
        new.owner_id,
        new.template_id,
        new.name,
        new.now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Locks a workspace's row, so that builds follow one another.
pub async fn lock(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("select id from workspaces where id = $1 for update", id)
        .fetch_optional(connection)
        .await
        .map(drop)
}

/// Notes that somebody works in it.
pub async fn used(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!("update workspaces set last_used_at = $2 where id = $1", id, now)
        .execute(connection)
        .await
        .map(drop)
}

/// Publishes its SSH host key; writes nothing when it is known.
pub async fn set_host_key(
    connection: &mut PgConnection,
    id: Uuid,
    public: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update workspaces set host_key_public = $2
         where id = $1 and host_key_public is distinct from $2",
        id,
        public
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Removes a workspace: the row stays, for its builds.
pub async fn delete(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update workspaces set deleted_at = $2, updated_at = $2, host_key_sealed = null
         where id = $1 and deleted_at is null",
        id,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// How many workspaces a user owns.
pub async fn count_owned(connection: &mut PgConnection, owner_id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from workspaces
           where owner_id = $1 and deleted_at is null"#,
        owner_id
    )
    .fetch_one(connection)
    .await
}
