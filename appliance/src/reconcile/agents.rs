//! An agent that is silent is not connected, and one that did not come in time is late.

use std::time::Duration;

use async_trait::async_trait;

use super::Reconciler;
use crate::app::App;
use crate::app::agents::SILENCE_MAX;
use crate::db;

pub(super) struct SilentAgents;

#[async_trait]
impl Reconciler for SilentAgents {
    fn name(&self) -> &'static str {
        "silent agents"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(10)
    }

    async fn reconcile(&self, app: &App) -> sqlx::Result<u64> {
        let now = app.clock().now();
        let mut connection = app.pool().acquire().await?;
        let silent = db::agents::expire_connected(&mut connection, now - SILENCE_MAX, now).await?;
        let late = db::agents::expire_connecting(&mut connection, now).await?;
        Ok(silent + late)
    }
}
