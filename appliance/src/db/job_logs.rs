//! What jobs said.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `job_logs`.
#[derive(Debug, Clone)]
pub struct LogRow {
    /// Rising within the job.
    pub number: i64,
    /// When it was said.
    pub at: OffsetDateTime,
    /// The part of the work.
    pub stage: String,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// At most 1024 characters.
    pub line: String,
}

/// The number of the last line of a job; 0 when it has none.
pub async fn last_number(connection: &mut PgConnection, job_id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select coalesce(max(number), 0) as "last!" from job_logs where job_id = $1"#,
        job_id
    )
    .fetch_one(connection)
    .await
}

/// Inserts lines.
pub async fn insert(
    connection: &mut PgConnection,
    job_id: Uuid,
    rows: &[LogRow],
) -> sqlx::Result<()> {
    let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    let times: Vec<OffsetDateTime> = rows.iter().map(|row| row.at).collect();
    let stages: Vec<String> = rows.iter().map(|row| row.stage.clone()).collect();
    let levels: Vec<String> = rows.iter().map(|row| row.level.clone()).collect();
    let lines: Vec<String> = rows.iter().map(|row| row.line.clone()).collect();
    sqlx::query!(
        "insert into job_logs (job_id, number, at, stage, level, line)
         select $1, * from unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[],
                                  $6::text[])
         on conflict do nothing",
        job_id,
        &numbers,
        &times,
        &stages,
        &levels,
        &lines
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Lines of a job, from behind `after`.
pub async fn list(
    connection: &mut PgConnection,
    job_id: Uuid,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<LogRow>> {
    sqlx::query_as!(
        LogRow,
        "select number, at, stage, level, line from job_logs
         where job_id = $1 and number > $2 order by number limit $3",
        job_id,
        after,
        limit
    )
    .fetch_all(connection)
    .await
}
