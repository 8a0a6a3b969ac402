//! The job table. Who calls these and when is `queue`'s business.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A job to be.
#[derive(Debug)]
pub struct NewJob<'a> {
    /// The job's id.
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: Uuid,
    /// What it is.
    pub kind: &'a str,
    /// What it needs to know.
    pub payload: Value,
    /// Who asked for it.
    pub initiator_id: Option<Uuid>,
    /// Not before this.
    pub run_after: OffsetDateTime,
    /// How often it may be started.
    pub attempts_max: i32,
    /// Now.
    pub now: OffsetDateTime,
}

/// What can be seen of a job.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// The job's id.
    pub id: Uuid,
    /// What it is.
    pub kind: String,
    /// The computed status.
    pub status: String,
    /// Why it failed for good.
    pub error: Option<Value>,
    /// When it was taken the last time.
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    pub completed_at: Option<OffsetDateTime>,
}

/// A job that a worker now holds.
#[derive(Debug, Clone)]
pub struct ClaimedRow {
    /// The job's id.
    pub id: Uuid,
    /// What it is.
    pub kind: String,
    /// What it needs to know.
    pub payload: Value,
    /// Which start this is, from 1.
    pub attempts: i32,
    /// How often it may be started.
    pub attempts_max: i32,
}

/// Inserts a job.
pub async fn insert(connection: &mut PgConnection, new: NewJob<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into jobs (id, organization_id, kind, payload, initiator_id, created_at,
                           run_after, attempts_max)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.organization_id,
        new.kind,
        new.payload,
        new.initiator_id,
        new.now,
        new.run_after,
        new.attempts_max
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Takes the oldest job that waits, of these kinds, passing over those others are taking.
pub async fn claim(
    connection: &mut PgConnection,
    kinds: &[String],
    worker: &str,
    now: OffsetDateTime,
    lease_until: OffsetDateTime,
) -> sqlx::Result<Option<ClaimedRow>> {
    sqlx::query_as!(
        ClaimedRow,
        "update jobs set started_at = $3, worker = $2, lease_until = $4, attempts = attempts + 1
         where id = (
             select id from jobs
             where completed_at is null and started_at is null and canceled_at is null
               and run_after <= $3 and kind = any($1)
             order by run_after, created_at
             for update skip locked limit 1)
         returning id, kind, payload, attempts, attempts_max",
        kinds,
        worker,
        now,
        lease_until
    )
    .fetch_optional(connection)
    .await
}

/// Renews a lease. Absent: the worker no longer holds the job; otherwise whether it shall stop.
pub async fn renew(
    connection: &mut PgConnection,
    (id, attempt): (Uuid, i32),
    worker: &str,
    lease_until: OffsetDateTime,
) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"update jobs set lease_until = $4
           where id = $1 and attempts = $2 and worker = $3
             and completed_at is null and started_at is not null
           returning canceled_at is not null as "canceled!""#,
        id,
        attempt,
        worker,
        lease_until
    )
    .fetch_optional(connection)
    .await
}

/// Locks the job's row if the worker still holds it, until the end of the transaction. Absent: it
/// does not; otherwise whether the job was asked to stop.
pub async fn lock_held(
    connection: &mut PgConnection,
    (id, attempt): (Uuid, i32),
    worker: &str,
) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"select canceled_at is not null as "canceled!" from jobs
           where id = $1 and attempts = $2 and worker = $3
             and completed_at is null and started_at is not null
           for update"#,
        id,
        attempt,
        worker
    )
    .fetch_optional(connection)
    .await
}

/// Ends a job: well when there is no error.
pub async fn complete(
    connection: &mut PgConnection,
    id: Uuid,
    error: Option<Value>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update jobs set completed_at = $2, error = $3, lease_until = null
         where id = $1 and completed_at is null",
        id,
        now,
        error
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Puts a job back, to be started again later.
pub async fn put_back(
    connection: &mut PgConnection,
    id: Uuid,
    error: Option<Value>,
    run_after: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update jobs set started_at = null, worker = null, lease_until = null,
                         last_error = $2, run_after = $3
         where id = $1 and completed_at is null",
        id,
        error,
        run_after
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Puts a job back that its worker gave up unharmed: the start does not count.
pub async fn release(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update jobs set started_at = null, worker = null, lease_until = null,
                         attempts = attempts - 1, run_after = $2
         where id = $1 and completed_at is null and started_at is not null",
        id,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Asks a job to stop; one that nobody started is stopped at once. Says whether it has ended.
pub async fn cancel(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"update jobs
           set canceled_at = coalesce(canceled_at, $2),
               completed_at = case when started_at is null then $2 end
           where id = $1 and completed_at is null
           returning completed_at is not null as "ended!""#,
        id,
        now
    )
    .fetch_optional(connection)
    .await
}

/// What can be seen of a job.
pub async fn by_id(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<JobRow>> {
    sqlx::query_as!(
        JobRow,
        "select id, kind, status, error, started_at, completed_at from jobs where id = $1",
        id
    )
    .fetch_optional(connection)
    .await
}

/// A job whose worker was lost.
#[derive(Debug, Clone)]
pub struct StaleRow {
    /// The job's id.
    pub id: Uuid,
    /// How often it was started.
    pub attempts: i32,
    /// How often it may be started.
    pub attempts_max: i32,
    /// Whether it was asked to stop.
    pub canceled: bool,
}

/// Locks a bounded number of jobs whose lease ran out.
pub async fn lock_stale(
    connection: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<StaleRow>> {
    sqlx::query_as!(
        StaleRow,
        r#"select id, attempts, attempts_max, canceled_at is not null as "canceled!" from jobs
           where completed_at is null and started_at is not null and lease_until < $1
           order by lease_until for update skip locked limit $2"#,
        now,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Ends the leases of a worker that has just started and so cannot hold any.
pub async fn expire_leases(
    connection: &mut PgConnection,
    worker: &str,
    now: OffsetDateTime,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update jobs set lease_until = $2::timestamptz - interval '1 second'
         where worker = $1 and completed_at is null and started_at is not null",
        worker,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Says to all who listen that something about jobs changed, when the transaction commits.
pub async fn notify(
    connection: &mut PgConnection,
    channel: &str,
    payload: &str,
) -> sqlx::Result<()> {
    sqlx::query!("select pg_notify($1, $2)", channel, payload).execute(connection).await.map(drop)
}

/// What a job is about.
#[derive(Debug, Clone)]
pub struct SubjectRow {
    /// Whose workspace it builds.
    pub workspace_owner_id: Option<Uuid>,
    /// Which version of a template it imports.
    pub version_id: Option<Uuid>,
}

/// What a job is about, whatever its kind.
pub async fn subject(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<SubjectRow>> {
    sqlx::query_as!(
        SubjectRow,
        r#"select w.owner_id as "workspace_owner_id?", v.id as "version_id?"
           from jobs j
           left join builds b on b.job_id = j.id
           left join workspaces w on w.id = b.workspace_id
           left join template_versions v on v.job_id = j.id
           where j.id = $1"#,
        id
    )
    .fetch_optional(connection)
    .await
}
