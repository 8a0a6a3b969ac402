//! A job in a worker's hands.

use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::db;
use crate::error::Problem;

/// A job that this process holds by a lease.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The job's id.
    pub id: Uuid,
    /// What it is.
    pub kind: String,
    /// Which start this is, from 1.
    pub attempt: i32,
    /// How often it may be started.
    pub attempts_max: i32,
    pub(super) payload: Value,
    pub(super) worker: String,
}

/// Whether a worker still holds its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It does, and nobody else can take it until the transaction ends.
    Yes,
    /// It does, and was asked to stop.
    Canceled,
    /// It does not: what it found out must not be written.
    No,
}

impl Claim {
    /// What the job needs to know.
    pub fn payload<P: DeserializeOwned>(&self) -> serde_json::Result<P> {
        P::deserialize(&self.payload)
    }

    /// Locks the job for the rest of the transaction, if it is still held: a worker that was
    /// thought dead must not overwrite what its successor did.
    pub async fn hold(&self, connection: &mut PgConnection) -> sqlx::Result<Held> {
        let job = (self.id, self.attempt);
        Ok(match db::jobs::lock_held(connection, job, &self.worker).await? {
            Some(false) => Held::Yes,
            Some(true) => Held::Canceled,
            None => Held::No,
        })
    }
}

/// How an attempt at a job ended.
#[derive(Debug)]
pub enum End {
    /// It did what it was for.
    Done,
    /// It stopped because `cancel` fired: somebody asked for that, or the process ends, and then
    /// the job is started again by the next one.
    Canceled,
    /// It may succeed later; counts as a failure when no attempt is left.
    Retry {
        /// Not before this much later.
        after: Duration,
        /// Why not now.
        problem: Problem,
    },
    /// It failed for good.
    Failed(Problem),
    /// Another worker has it: this one's end does not count.
    Lost,
}

/// Does the work. Its effects must be written before it says how it ended, and must bear repeating.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// The kinds of jobs it can do.
    fn kinds(&self) -> Vec<String>;

    /// Does one job. Soon after `cancel` fires it returns, whatever the state of the work.
    async fn run(&self, claim: &Claim, cancel: CancellationToken) -> End;
}
