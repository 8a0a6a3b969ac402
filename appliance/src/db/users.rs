//! People.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `users`.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// The user's id.
    pub id: Uuid,
    /// Whose the user is.
    pub organization_id: Uuid,
    /// Unique among those not deleted.
    pub name: String,
    /// Empty when not known.
    pub email: String,
    /// `owner` or `member`.
    pub role: String,
    /// `active` or `suspended`.
    pub status: String,
    /// An argon2id string; absent for somebody who cannot log in by password.
    pub password_hash: Option<String>,
    /// Whether somebody else set the password.
    pub must_change_password: bool,
    /// When the row was made.
    pub created_at: OffsetDateTime,
    /// When the row last changed.
    pub updated_at: OffsetDateTime,
    /// The last login by password.
    pub last_login_at: Option<OffsetDateTime>,
    /// When the user was removed.
    pub deleted_at: Option<OffsetDateTime>,
}

/// The user with this id, removed or not.
pub async fn by_id(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<UserRow>> {
    sqlx::query_as!(UserRow, "select * from users where id = $1", id)
        .fetch_optional(connection)
        .await
}

/// The user with this name.
pub async fn by_name(connection: &mut PgConnection, name: &str) -> sqlx::Result<Option<UserRow>> {
    sqlx::query_as!(UserRow, "select * from users where name = $1 and deleted_at is null", name)
        .fetch_optional(connection)
        .await
}

/// Users by name, from behind `after`.
pub async fn list(
    connection: &mut PgConnection,
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<UserRow>> {
    sqlx::query_as!(
        UserRow,
        "select * from users where name > $1 and deleted_at is null order by name limit $2",
        after,
        limit
    )
    .fetch_all(connection)
    .await
}

/// The active owner who was made first: for whom a command over the socket acts.
pub async fn first_owner(connection: &mut PgConnection) -> sqlx::Result<Option<UserRow>> {
    sqlx::query_as!(
        UserRow,
        "select * from users where role = 'owner' and status = 'active' and deleted_at is null
         order by created_at, id limit 1"
    )
    .fetch_optional(connection)
    .await
}

/// How many owners can act. Locks their rows, so that two removals cannot both be the last but one.
pub async fn lock_owners(connection: &mut PgConnection) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from users
         where role = 'owner' and status = 'active' and deleted_at is null
         order by id for update"
    )
    .fetch_all(connection)
    .await
}

/// A user to be inserted.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// The user's id.
    pub id: Uuid,
    /// Whose the user is.
    pub organization_id: Uuid,
    /// Unique among those not deleted.
    pub name: &'a str,
    /// Empty when not known.
    pub email: &'a str,
    /// `owner` or `member`.
    pub role: &'a str,
    /// An argon2id string.
    pub password_hash: &'a str,
    /// Whether somebody else set the password.
    pub must_change_password: bool,
    /// Now.
    pub now: OffsetDateTime,
}

/// Inserts an active user.
pub async fn insert(connection: &mut PgConnection, new: NewUser<'_>) -> sqlx::Result<UserRow> {
    sqlx::query_as!(
        UserRow,
        "insert into users (id, organization_id, name, email, role, status, password_hash,
                            must_change_password, created_at, updated_at)
         values ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $8)
         returning *",
        new.id,
        new.organization_id,
        new.name,
        new.email,
        new.role,
        new.password_hash,
        new.must_change_password,
        new.now
    )
    .fetch_one(connection)
    .await
}

/// Changes what is given about a user.
pub async fn update(
    connection: &mut PgConnection,
    id: Uuid,
    (role, status, email): (Option<&str>, Option<&str>, Option<&str>),
    now: OffsetDateTime,
) -> sqlx::Result<UserRow> {
    sqlx::query_as!(
        UserRow,
        "update users set role = coalesce($2, role), status = coalesce($3, status),
                          email = coalesce($4, email), updated_at = $5
         where id = $1 returning *",
        id,
        role,
        status,
        email,
        now
    )
    .fetch_one(connection)
    .await
}

/// Sets a password.
pub async fn set_password(
    connection: &mut PgConnection,
    id: Uuid,
    password_hash: &str,
    must_change: bool,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update users set password_hash = $2, must_change_password = $3, updated_at = $4
         where id = $1",
        id,
        password_hash,
        must_change,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Notes a login.
pub async fn logged_in(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!("update users set last_login_at = $2 where id = $1", id, now)
        .execute(connection)
        .await
        .map(drop)
}

/// Removes a user: the row stays, for what refers to it.
pub async fn delete(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update users set deleted_at = $2, updated_at = $2, password_hash = null where id = $1",
        id,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// How many users are active and not deleted.
pub async fn count_active(connection: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from users where status = 'active' and deleted_at is null"#
    )
    .fetch_one(connection)
    .await
}
