//! Putting jobs into the queue, and the signals about them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db;
use crate::error::Problem;

/// The channel that says a job waits; the payload is its kind.
pub(crate) const CHANNEL_WAITING: &str = "atoll_jobs";
/// The channel that says a job became something; the payload is its id.
pub(crate) const CHANNEL_CHANGED: &str = "atoll_job";

/// The channel that says a job said something; the payload is its id.
pub(crate) const CHANNEL_LOGGED: &str = "atoll_job_log";

/// What a job needs to know.
pub trait Payload: Serialize + DeserializeOwned + Send + Sync {
    /// The job's name in the table: stable across releases.
    const KIND: &'static str;
    /// How often it may be started before it has failed for good.
    const ATTEMPTS_MAX: i32;
}

/// Who a job is for.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// Whose it is.
    pub organization_id: Uuid,
    /// Who asked for it.
    pub initiator_id: Option<Uuid>,
}

/// Enqueues a job in the caller's transaction, to be started at once when that commits.
pub async fn enqueue<P: Payload>(
    connection: &mut PgConnection,
    id: Uuid,
    payload: &P,
    origin: Origin,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let payload =
        serde_json::to_value(payload).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let Origin { organization_id, initiator_id } = origin;
    let new = db::jobs::NewJob {
        id,
        organization_id,
        kind: P::KIND,
        payload,
        initiator_id,
        run_after: now,
        attempts_max: P::ATTEMPTS_MAX,
        now,
    };
    db::jobs::insert(connection, new).await?;
    db::jobs::notify(connection, CHANNEL_WAITING, P::KIND).await
}

/// Asks a job to stop. Absent: it has ended already.
pub async fn cancel(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Option<()>> {
    let ended = db::jobs::cancel(connection, id, now).await?;
    if ended.is_some() {
        changed(connection, id).await?;
    }
    Ok(ended.map(drop))
}

/// A problem as it is kept with a job: the same words that the API says.
pub(crate) fn stored(problem: &Problem) -> Value {
    serde_json::json!({
        "code": problem.code().id,
        "message": problem.message(),
        "cause": problem.cause(),
        "remedy": problem.remedy_text(),
        "retryable": problem.retryable(),
    })
}

/// Says that a job said something.
pub async fn logged(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    db::jobs::notify(connection, CHANNEL_LOGGED, &id.to_string()).await
}

/// Says that a job became something.
pub async fn changed(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    db::jobs::notify(connection, CHANNEL_CHANGED, &id.to_string()).await
}
