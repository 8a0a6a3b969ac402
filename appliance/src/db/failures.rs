//! Failed logins, by subject.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// How often each subject failed since then, in the order of the subjects.
pub async fn count(
    connection: &mut PgConnection,
    subjects: &[String],
    since: OffsetDateTime,
) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!(
        r#"select count(f.id) as "count!"
           from unnest($1::text[]) with ordinality as s (subject, position)
           left join login_failures f on f.subject = s.subject and f.failed_at > $2
           group by s.position order by s.position"#,
        subjects,
        since
    )
    .fetch_all(connection)
    .await
}

/// Notes a failure of each subject; gives the rows' ids.
pub async fn insert(
    connection: &mut PgConnection,
    subjects: &[String],
    now: OffsetDateTime,
) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!(
        "insert into login_failures (subject, failed_at) select unnest($1::text[]), $2
         returning id",
        subjects,
        now
    )
    .fetch_all(connection)
    .await
}

/// Forgets these failures: they were none.
pub async fn delete(connection: &mut PgConnection, ids: &[i64]) -> sqlx::Result<()> {
    sqlx::query!("delete from login_failures where id = any($1)", ids)
        .execute(connection)
        .await
        .map(drop)
}

/// Forgets a subject's failures: it succeeded.
pub async fn clear(connection: &mut PgConnection, subject: &str) -> sqlx::Result<()> {
    sqlx::query!("delete from login_failures where subject = $1", subject)
        .execute(connection)
        .await
        .map(drop)
}

/// Forgets a bounded number of old failures.
pub async fn delete_old(
    connection: &mut PgConnection,
    before: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "delete from login_failures where id in
             (select id from login_failures where failed_at < $1 order by id limit $2)",
        before,
        limit
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
