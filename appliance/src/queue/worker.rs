//! Takes jobs from the table and has them done, several at once.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Claim, End, Handler, Held, Signal, Signals, changed, stored};
use crate::clock::Clock;
use crate::db;
use crate::error::Problem;

/// A worker that does not renew for this long is lost: three missed renewals and some slack.
const LEASE: Duration = Duration::from_secs(30);
/// How often a lease is renewed, and so how soon a cancellation that was not signalled is seen.
const RENEW_EVERY: Duration = Duration::from_secs(8);
/// How often the table is looked at although no signal came.
const POLL_EVERY: Duration = Duration::from_secs(5);
/// How long the end of a job is tried to be written while the database is away; after this the
/// lease runs out and the job is done again, which it must bear.
const REPORT_WITHIN: Duration = Duration::from_mins(1);
/// Wait between two tries to write the end of a job.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// How much is done at once, and how long a job may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Jobs at once.
    pub jobs_max: usize,
    /// How long running jobs are waited for when the process stops.
    pub stop_within: Duration,
}

/// Takes jobs and has them done.
#[derive(Clone)]
pub struct Worker {
    /// The database.
    pub pool: PgPool,
    /// The time.
    pub clock: Clock,
    /// Where signals arrive.
    pub signals: Signals,
    /// Names this process among others on the same database; the same after a restart.
    pub name: String,
    /// Who does the work.
    pub handler: Arc<dyn Handler>,
    /// How much at once.
    pub limits: Limits,
}

impl Worker {
    /// Works until told to stop, then gives running jobs a bounded time to end.
    pub async fn run(self, stop: CancellationToken) {
        self.expire_own_leases().await;
        let mut signals = self.signals.subscribe();
        let slots = Arc::new(Semaphore::new(self.limits.jobs_max));
        let mut running = JoinSet::new();
        loop {
            let permit = tokio::select! {
                () = stop.cancelled() => break,
                permit = Arc::clone(&slots).acquire_owned() => permit,
            };
            let Ok(permit) = permit else { break };
            while running.try_join_next().is_some() {}
            if let Some(claim) = self.claim().await {
                running.spawn(self.clone().work(claim, permit, stop.child_token()));
                continue;
            }
            drop(permit);
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(POLL_EVERY) => {}
                () = waiting(&mut signals) => {}
            }
        }
        let all = async { while running.join_next().await.is_some() {} };
        // Whatever does not end in time keeps its lease, and is done again by whoever comes next.
        drop(tokio::time::timeout(self.limits.stop_within, all).await);
    }

    async fn expire_own_leases(&self) {
        let result = async {
            let mut connection = self.pool.acquire().await?;
            db::jobs::expire_leases(&mut connection, &self.name, self.clock.now()).await
        };
        match result.await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "taking up jobs that an earlier run left"),
            Err(error) => tracing::warn!(%error, "cannot look for jobs of an earlier run"),
        }
    }

    async fn claim(&self) -> Option<Claim> {
        let now = self.clock.now();
        let result = async {
            let mut transaction = self.pool.begin().await?;
            let kinds = self.handler.kinds();
            let row =
                db::jobs::claim(&mut transaction, &kinds, &self.name, now, now + LEASE).await?;
            if let Some(row) = &row {
                changed(&mut transaction, row.id).await?;
            }
            transaction.commit().await?;
            Ok::<_, sqlx::Error>(row)
        };
        match result.await {
            Ok(row) => row.map(|row| Claim {
                id: row.id,
                kind: row.kind,
                attempt: row.attempts,
                attempts_max: row.attempts_max,
                payload: row.payload,
                worker: self.name.clone(),
            }),
            Err(error) => {
                tracing::warn!(%error, "cannot look for jobs");
                None
            }
        }
    }

    async fn work(self, claim: Claim, permit: OwnedSemaphorePermit, cancel: CancellationToken) {
        let started = std::time::Instant::now();
        tracing::info!(job.id = %claim.id, job.kind = claim.kind, attempt = claim.attempt, "job started");
        let renewing = tokio::spawn(self.clone().renew(claim.clone(), cancel.clone()));
        // A panic in a job is that job's failure, not this worker's.
        let handler = Arc::clone(&self.handler);
        let (work, its_cancel) = (claim.clone(), cancel.clone());
        let task = tokio::spawn(async move { handler.run(&work, its_cancel).await });
        let end = task.await.unwrap_or_else(|error| {
            let message = format!("the job `{}` met a state held to be impossible", claim.kind);
            End::Failed(Problem::new(&crate::error::codes::INTERNAL, message).because(&error))
        });
        renewing.abort();
        let duration_ms = started.elapsed().as_millis();
        tracing::info!(job.id = %claim.id, job.kind = claim.kind, duration_ms, end = end.word(), "job ended");
        self.report(&claim, &end).await;
        drop(permit);
    }

    /// Renews the lease, and fires `cancel` when the job was asked to stop or is no longer ours.
    async fn renew(self, claim: Claim, cancel: CancellationToken) {
        let mut signals = self.signals.subscribe();
        loop {
            tokio::select! {
                () = tokio::time::sleep(RENEW_EVERY) => {}
                () = changes(&mut signals, claim.id) => {}
            }
            let result = async {
                let mut connection = self.pool.acquire().await?;
                let until = self.clock.now() + LEASE;
                let job = (claim.id, claim.attempt);
                db::jobs::renew(&mut connection, job, &self.name, until).await
            };
            match result.await {
                Ok(Some(false)) => {}
                Ok(Some(true) | None) => return cancel.cancel(),
                Err(error) => tracing::warn!(%error, job.id = %claim.id, "cannot renew a lease"),
            }
        }
    }

    /// Writes how the job ended, trying again while the database is away.
    async fn report(&self, claim: &Claim, end: &End) {
        let reported = async {
            while let Err(error) = self.report_once(claim, end).await {
                tracing::warn!(%error, job.id = %claim.id, "cannot write how a job ended");
                tokio::time::sleep(REPORT_EVERY).await;
            }
        };
        if tokio::time::timeout(REPORT_WITHIN, reported).await.is_err() {
            tracing::error!(job.id = %claim.id, "gave up writing how a job ended; it will be done again");
        }
    }

    async fn report_once(&self, claim: &Claim, end: &End) -> sqlx::Result<()> {
        let now = self.clock.now();
        let mut transaction = self.pool.begin().await?;
        let held = claim.hold(&mut transaction).await?;
        if held == Held::No {
            return Ok(());
        }
        match end {
            End::Canceled if held == Held::Yes => {
                db::jobs::release(&mut transaction, claim.id, now).await?;
            }
            End::Done | End::Canceled => {
                db::jobs::complete(&mut transaction, claim.id, None, now).await?;
            }
            End::Retry { after, problem } if claim.attempt < claim.attempts_max => {
                let error = Some(stored(problem));
                db::jobs::put_back(&mut transaction, claim.id, error, now + *after).await?;
            }
            End::Retry { problem, .. } | End::Failed(problem) => {
                let error = Some(stored(problem));
                db::jobs::complete(&mut transaction, claim.id, error, now).await?;
            }
            End::Lost => {}
        }
        changed(&mut transaction, claim.id).await?;
        transaction.commit().await
    }
}

impl End {
    fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Canceled => "canceled",
            Self::Retry { .. } => "retry",
            Self::Failed(_) => "failed",
            Self::Lost => "lost",
        }
    }
}

/// Returns when a job may wait.
async fn waiting(signals: &mut tokio::sync::broadcast::Receiver<Signal>) {
    loop {
        match signals.recv().await {
            Ok(Signal::Waiting | Signal::Anything)
            | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => return,
            Ok(Signal::Changed(_) | Signal::Logged(_)) => {}
            // Nobody can signal any more: the poll does the work.
            Err(tokio::sync::broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Returns when this job may have changed.
async fn changes(signals: &mut tokio::sync::broadcast::Receiver<Signal>, id: uuid::Uuid) {
    loop {
        match signals.recv().await {
            Ok(Signal::Changed(changed)) if changed == id => return,
            Ok(Signal::Anything) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                return;
            }
            Ok(Signal::Changed(_) | Signal::Logged(_) | Signal::Waiting) => {}
            Err(tokio::sync::broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
