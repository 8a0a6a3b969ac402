//! What the tunnel needs from the rest of the control plane.

use async_trait::async_trait;
use atoll_wire::agent::{Hello, Lifecycle, LogBatch, Manifest, MetadataValue, Stats};
use uuid::Uuid;

use crate::error::Outcome;
use crate::secret::Secret;

/// Who agents are and where their reports go.
#[async_trait]
pub trait Agents: Send + Sync + 'static {
    /// Which agent has this token. A token that is not valid yet, or no more, is a problem.
    async fn admit(&self, token: &Secret) -> Outcome<Uuid>;

    /// An agent has come: what it shall know, and whom it succeeds.
    async fn greet(&self, agent: Uuid, hello: &Hello) -> Outcome<Greeting>;

    /// These agents were heard of just now.
    async fn seen(&self, agents: &[(Uuid, Stats)]) -> Outcome<()>;

    /// A workspace got to a phase.
    async fn lifecycle(&self, agent: Uuid, lifecycle: Lifecycle) -> Outcome<()>;

    /// Stores lines and says which number is awaited next; lines it has already are skipped.
    async fn logs(&self, agent: Uuid, instance: Uuid, batch: LogBatch) -> Outcome<u64>;

    /// Stores measurements.
    async fn metadata(&self, agent: Uuid, values: Vec<MetadataValue>) -> Outcome<()>;

    /// An agent's connection has ended, and no other of the same agent has replaced it.
    async fn lost(&self, agent: Uuid);
}

/// The answer to an agent that has come.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// What it shall know.
    pub manifest: Manifest,
    /// Agents whose tokens ended by its coming: their connections are closed.
    pub retired: Vec<Uuid>,
}
