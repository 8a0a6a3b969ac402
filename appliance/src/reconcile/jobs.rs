//! A job whose worker was lost is worked on by another.

use std::time::Duration;

use async_trait::async_trait;

use super::Reconciler;
use crate::app::App;
use crate::queue;

pub(super) struct StaleLeases;

#[async_trait]
impl Reconciler for StaleLeases {
    fn name(&self) -> &'static str {
        "stale leases"
    }

    /// Often enough that a restarted server goes on at once with what it had begun.
    fn every(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn reconcile(&self, app: &App) -> sqlx::Result<u64> {
        let mut transaction = app.pool().begin().await?;
        let recovered = queue::recover(&mut transaction, app.clock().now()).await?;
        transaction.commit().await?;
        Ok(u64::try_from(recovered).unwrap_or(u64::MAX))
    }
}
