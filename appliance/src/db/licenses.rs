//! Licenses and revocation lists, as texts.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `licenses`.
#[derive(Debug, Clone)]
pub struct LicenseRow {
    /// The vendor's id of it.
    pub id: String,
    /// The block as the vendor sent it.
    pub text: String,
    /// The marks it is bound to since its activation.
    pub bound_to: Value,
    /// When it was first activated.
    pub activated_at: OffsetDateTime,
    /// Since when the site's marks have differed.
    pub differs_since: Option<OffsetDateTime>,
}

/// The licenses activated last, newest first.
pub async fn list(connection: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<LicenseRow>> {
    sqlx::query_as!(
        LicenseRow,
        "select id, text, bound_to, activated_at, differs_since from licenses
         order by activated_at desc, id limit $1",
        limit
    )
    .fetch_all(connection)
    .await
}

/// A license to be kept.
#[derive(Debug)]
pub struct NewLicense<'a> {
    /// The vendor's id of it.
    pub id: &'a str,
    /// The block as the vendor sent it.
    pub text: &'a str,
    /// The marks it is bound to from now on.
    pub bound_to: Value,
    /// Now.
    pub now: OffsetDateTime,
    /// Who activated it.
    pub user_id: Uuid,
}

/// Keeps a license. The same one again replaces text and binding; says whether it was new.
pub async fn put(connection: &mut PgConnection, new: NewLicense<'_>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"insert into licenses (id, text, bound_to, activated_at, activated_by)
           values ($1, $2, $3, $4, $5)
           on conflict (id) do update
               set text = excluded.text, bound_to = excluded.bound_to, differs_since = null
           returning (xmax = 0) as "new!""#,
        new.id,
        new.text,
        new.bound_to,
        new.now,
        new.user_id
    )
    .fetch_one(connection)
    .await
}

/// Notes since when the site's marks have differed from a license's, or that they fit.
pub async fn set_differs_since(
    connection: &mut PgConnection,
    id: &str,
    since: Option<OffsetDateTime>,
) -> sqlx::Result<()> {
    sqlx::query!("update licenses set differs_since = $2 where id = $1", id, since)
        .execute(connection)
        .await
        .map(drop)
}

/// The texts of all revocation lists in force.
pub async fn revocation_lists(connection: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("select text from revocation_lists order by root")
        .fetch_all(connection)
        .await
}

/// Puts a list in force for its root. The database refuses an older serial once more, so that two
/// imports at once cannot end with the older list.
pub async fn put_revocation_list(
    connection: &mut PgConnection,
    root: &str,
    serial: i64,
    text: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into revocation_lists (root, serial, text, accepted_at) values ($1, $2, $3, $4)
         on conflict (root) do update
             set serial = excluded.serial, text = excluded.text, accepted_at = excluded.accepted_at
             where revocation_lists.serial < excluded.serial",
        root,
        serial,
        text,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}
