//! The latest time seen moves with the clock, and a change of the site is noted when it is seen.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::Reconciler;
use crate::app::App;
use crate::app::license::keep_time;

/// Counts uptime by the monotonic clock, so that a wrong wall clock cannot prove itself right.
#[derive(Default)]
pub(super) struct TimeMarks {
    last: Mutex<Option<Instant>>,
}

#[async_trait]
impl Reconciler for TimeMarks {
    fn name(&self) -> &'static str {
        "time marks"
    }

    fn every(&self) -> Duration {
        Duration::from_mins(1)
    }

    async fn reconcile(&self, app: &App) -> sqlx::Result<u64> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(Instant::now());
        let uptime = last.map_or(Duration::ZERO, |last| last.elapsed());
        if let Err(problem) = keep_time(app, uptime).await {
            tracing::warn!(cause = problem.cause(), "{problem}");
        }
        Ok(0)
    }
}
