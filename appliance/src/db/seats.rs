//! Who holds a seat: an active user who logged in since some time, or owns a running workspace.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Serialises whatever takes a seat: two at once must not both take the last one.
const LOCK: i64 = 0x6174_6f6c_6c01;

/// Seats, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatCount {
    /// Held.
    pub used: i64,
    /// Promised to users who were made since and have not logged in yet.
    pub reserved: i64,
}

/// Waits until nobody else takes a seat; until the transaction ends nobody else does.
pub async fn lock(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK).execute(connection).await.map(drop)
}

/// Counts the seats; logins and new users count from `since` on.
pub async fn count(
    connection: &mut PgConnection,
    since: OffsetDateTime,
) -> sqlx::Result<SeatCount> {
    sqlx::query_as!(
        SeatCount,
        r#"select count(*) filter (where holds) as "used!",
                  count(*) filter (where not holds and last_login_at is null and created_at > $1)
                      as "reserved!"
           from (select users.last_login_at, users.created_at,
                        coalesce(users.last_login_at > $1, false) or exists (
                            select from workspaces join builds on builds.workspace_id = workspaces.id
                            where workspaces.owner_id = users.id and workspaces.deleted_at is null
                              and builds.transition = 'start' and not exists (
                                  select from builds later
                                  where later.workspace_id = builds.workspace_id
                                    and later.number > builds.number)
                        ) as holds
                 from users where users.status = 'active' and users.deleted_at is null) people"#,
        since
    )
    .fetch_one(connection)
    .await
}

/// The place this user has, or would have, among the holders of a seat: eldest first, from one.
pub async fn place(
    connection: &mut PgConnection,
    user_id: Uuid,
    since: OffsetDateTime,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) + 1 as "place!"
           from users me join users other
             on (other.created_at, other.id) < (me.created_at, me.id)
           where me.id = $2 and other.status = 'active' and other.deleted_at is null
             and (coalesce(other.last_login_at > $1, false) or exists (
                     select from workspaces join builds on builds.workspace_id = workspaces.id
                     where workspaces.owner_id = other.id and workspaces.deleted_at is null
                       and builds.transition = 'start' and not exists (
                           select from builds later
                           where later.workspace_id = builds.workspace_id
                             and later.number > builds.number)))"#,
        since,
        user_id
    )
    .fetch_one(connection)
    .await
}
