//! Templates.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A template, with what hangs on it.
#[derive(Debug, Clone)]
pub struct TemplateRow {
    /// The template's id.
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: Uuid,
    /// Unique among those not deleted.
    pub name: String,
    /// What a person reads; empty: the name.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// A picture.
    pub icon: String,
    /// The version new workspaces get.
    pub active_version_id: Option<Uuid>,
    /// That version's number.
    pub active_version: Option<i32>,
    /// How many workspaces exist.
    pub workspaces: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// Templates by name: one when `name` is given, else from behind `after`.
pub async fn list(
    connection: &mut PgConnection,
    name: Option<&str>,
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<TemplateRow>> {
    sqlx::query_as!(
        TemplateRow,
        r#"select t.id, t.organization_id, t.name, t.display_name, t.description, t.icon,
                  t.active_version_id, v.number as "active_version?",
                  (select count(*) from workspaces w
                   where w.template_id = t.id and w.deleted_at is null) as "workspaces!",
                  t.created_at, t.updated_at
           from templates t
           left join template_versions v on v.id = t.active_version_id
           where t.deleted_at is null and t.name > $2 and ($1::text is null or t.name = $1)
           order by t.name limit $3"#,
        name,
        after,
        limit
    )
    .fetch_all(connection)
    .await
}

/// The template with this name.
pub async fn by_name(
    connection: &mut PgConnection,
    name: &str,
) -> sqlx::Result<Option<TemplateRow>> {
    Ok(list(connection, Some(name), "", 1).await?.pop())
}

/// Makes the template if there is none with this name, locks it and gives its id.
pub async fn ensure(
    connection: &mut PgConnection,
    (id, organization_id): (Uuid, Uuid),
    name: &str,
    created_by: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Uuid> {
    sqlx::query!(
        "insert into templates (id, organization_id, name, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (organization_id, name) where deleted_at is null do nothing",
        id,
        organization_id,
        name,
        created_by,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar!(
        "select id from templates
         where organization_id = $1 and name = $2 and deleted_at is null for update",
        organization_id,
        name
    )
    .fetch_one(connection)
    .await
}

/// What changes about a template; absent fields stay.
#[derive(Debug, Default)]
pub struct TemplateChange<'a> {
    /// What a person reads.
    pub display_name: Option<&'a str>,
    /// What it is for.
    pub description: Option<&'a str>,
    /// A picture.
    pub icon: Option<&'a str>,
    /// The version new workspaces get.
    pub active_version_id: Option<Uuid>,
}

/// Changes a template.
pub async fn update(
    connection: &mut PgConnection,
    id: Uuid,
    change: TemplateChange<'_>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update templates set display_name = coalesce($2, display_name),
                              description = coalesce($3, description),
                              icon = coalesce($4, icon),
                              active_version_id = coalesce($5, active_version_id),
                              updated_at = $6
         where id = $1",
        id,
        change.display_name,
        change.description,
        change.icon,
        change.active_version_id,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Removes a template: the row stays, for the builds that refer to its versions.
pub async fn delete(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!("update templates set deleted_at = $2, updated_at = $2 where id = $1", id, now)
        .execute(connection)
        .await
        .map(drop)
}

/// A template whose active version names this text, such as an image.
pub async fn naming(connection: &mut PgConnection, text: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select t.name from templates t join template_versions v on v.id = t.active_version_id
         where t.deleted_at is null and strpos(v.spec::text, $1) > 0 order by t.name limit 1",
        text
    )
    .fetch_optional(connection)
    .await
}
