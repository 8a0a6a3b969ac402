//! What should be true all the time: compared with what is, from time to time, and made so.
//!
//! A reconciler has no input, does bounded work, and says in the log what it changed.

mod agents;
mod jobs;
mod license;
mod sweep;

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;

/// Something that should be true all the time.
#[async_trait]
trait Reconciler: Send + Sync {
    /// Its name in the log.
    fn name(&self) -> &'static str;

    /// How often it looks.
    fn every(&self) -> Duration;

    /// Makes it true; says how much was not.
    async fn reconcile(&self, app: &App) -> sqlx::Result<u64>;
}

/// Starts all reconcilers, until told to stop.
pub fn spawn(app: &App, stop: &CancellationToken) -> TaskTracker {
    let tasks = TaskTracker::new();
    let all: Vec<Box<dyn Reconciler>> = vec![
        Box::new(jobs::StaleLeases),
        Box::new(agents::SilentAgents),
        Box::new(sweep::Ended),
        Box::new(license::TimeMarks::default()),
    ];
    for reconciler in all {
        tasks.spawn(run(reconciler, app.clone(), stop.child_token()));
    }
    tasks.close();
    tasks
}

async fn run(reconciler: Box<dyn Reconciler>, app: App, stop: CancellationToken) {
    let name = reconciler.name();
    loop {
        match reconciler.reconcile(&app).await {
            Ok(0) => {}
            Ok(changed) => tracing::info!(reconciler = name, changed, "reconciled"),
            Err(error) => tracing::warn!(reconciler = name, %error, "cannot reconcile"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(reconciler.every()) => {}
        }
    }
}
