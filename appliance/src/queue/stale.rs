//! Jobs whose worker was lost are given to another, as often as they may be started.

use std::time::Duration;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{CHANNEL_WAITING, changed, stored};
use crate::db;
use crate::error::{Problem, codes};

/// Jobs looked at in one pass, which is one transaction.
const RECOVERED_MAX: i64 = 100;
/// Wait before the second and each later start of a job whose worker was lost.
const RESTART_AFTER: Duration = Duration::from_secs(2);

/// Puts back or ends the jobs whose lease ran out; says how many there were.
pub async fn recover(connection: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<usize> {
    let stale = db::jobs::lock_stale(connection, now, RECOVERED_MAX).await?;
    for job in &stale {
        if job.canceled {
            db::jobs::complete(connection, job.id, None, now).await?;
        } else if job.attempts >= job.attempts_max {
            let message = format!("the work was started {} times and never ended", job.attempts);
            let problem = Problem::new(&codes::workspace::JOB_LOST, message);
            let error = Some(stored(&problem));
            db::jobs::complete(connection, job.id, error, now).await?;
        } else {
            let run_after = if job.attempts > 1 { now + RESTART_AFTER } else { now };
            db::jobs::put_back(connection, job.id, None, run_after).await?;
            db::jobs::notify(connection, CHANNEL_WAITING, "").await?;
        }
        changed(connection, job.id).await?;
    }
    Ok(stale.len())
}
