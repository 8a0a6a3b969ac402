//! Versions of templates.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A version, with its template's name and its import's end; without the files.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// The version's id.
    pub id: Uuid,
    /// The template it belongs to.
    pub template_id: Uuid,
    /// That template's name.
    pub template_name: String,
    /// Rising within the template.
    pub number: i32,
    /// What the pusher said.
    pub message: String,
    /// Empty until the import read it.
    pub driver: String,
    /// What the import found; absent until it succeeded.
    pub spec: Option<Value>,
    /// Its README.
    pub readme: String,
    /// The SHA-256 of the files.
    pub files_sha256: Vec<u8>,
    /// Whether new workspaces get it.
    pub active: bool,
    /// The import.
    pub job_id: Uuid,
    /// Where the import is.
    pub job_status: String,
    /// Why the import failed.
    pub job_error: Option<Value>,
    /// When it was pushed.
    pub created_at: OffsetDateTime,
}

/// Versions of a template, newest first, from before number `before`; one when `number` is given.
pub async fn list(
    connection: &mut PgConnection,
    template_id: Uuid,
    number: Option<i32>,
    before: i32,
    limit: i64,
) -> sqlx::Result<Vec<VersionRow>> {
    sqlx::query_as!(
        VersionRow,
        r#"select v.id, v.template_id, t.name as template_name, v.number, v.message, v.driver,
                  v.spec, v.readme, v.files_sha256,
                  coalesce(t.active_version_id = v.id, false) as "active!",
                  v.job_id, j.status as job_status, j.error as job_error, v.created_at
           from template_versions v
           join templates t on t.id = v.template_id
           join jobs j on j.id = v.job_id
           where v.template_id = $1 and v.number < $3 and ($2::integer is null or v.number = $2)
           order by v.number desc limit $4"#,
        template_id,
        number,
        before,
        limit
    )
    .fetch_all(connection)
    .await
}

/// The version with this id.
pub async fn by_id(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<VersionRow>> {
    sqlx::query_as!(
        VersionRow,
        r#"select v.id, v.template_id, t.name as template_name, v.number, v.message, v.driver,
                  v.spec, v.readme, v.files_sha256,
                  coalesce(t.active_version_id = v.id, false) as "active!",
                  v.job_id, j.status as job_status, j.error as job_error, v.created_at
           from template_versions v
           join templates t on t.id = v.template_id
           join jobs j on j.id = v.job_id
           where v.id = $1"#,
        id
    )
    .fetch_optional(connection)
    .await
}

/// A version to be inserted.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// The version's id.
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: Uuid,
    /// The template, which the caller has locked.
    pub template_id: Uuid,
    /// What the pusher said.
    pub message: &'a str,
    /// A tar, compressed with zstd.
    pub files: &'a [u8],
    /// Its SHA-256.
    pub files_sha256: &'a [u8],
    /// Whether a successful import makes it the active one.
    pub activate: bool,
    /// The import.
    pub job_id: Uuid,
    /// Who pushed it.
    pub created_by: Uuid,
    /// Now.
    pub now: OffsetDateTime,
}

/// Inserts a version with the next number.
pub async fn insert(connection: &mut PgConnection, new: NewVersion<'_>) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        "insert into template_versions (id, organization_id, template_id, number, message, driver,
                                        files, files_sha256, activate, job_id, created_by,
                                        created_at)
         select $1, $2, $3, coalesce(max(number), 0) + 1, $4, '', $5, $6, $7, $8, $9, $10
         from template_versions where template_id = $3
         returning number",
        new.id,
        new.organization_id,
        new.template_id,
        new.message,
        new.files,
        new.files_sha256,
        new.activate,
        new.job_id,
        new.created_by,
        new.now
    )
    .fetch_one(connection)
    .await
}

/// The files of a version: a tar, compressed with zstd.
pub async fn files(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select files from template_versions where id = $1", id)
        .fetch_optional(connection)
        .await
}

/// Keeps what the import found.
pub async fn set_spec(
    connection: &mut PgConnection,
    id: Uuid,
    driver: &str,
    spec: &Value,
    readme: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update template_versions set driver = $2, spec = $3, readme = $4 where id = $1",
        id,
        driver,
        spec,
        readme
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Makes a version its template's active one, if its push asked for that and none newer is.
pub async fn activate(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update templates t set active_version_id = v.id, updated_at = $2
         from template_versions v
         where v.id = $1 and v.activate and t.id = v.template_id
           and not exists (select 1 from template_versions newer
                           where newer.id = t.active_version_id and newer.number > v.number)",
        id,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}
