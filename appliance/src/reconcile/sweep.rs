//! What has ended by itself is not kept: sessions, tokens, counted login failures.

use std::time::Duration;

use async_trait::async_trait;

use super::Reconciler;
use crate::app::App;
use crate::db;

/// Rows removed in one pass, so that a pass is short.
const SWEPT_MAX: i64 = 1000;
/// How long failures are kept: longer than any window in which they count.
const FAILURES_KEPT: time::Duration = time::Duration::hours(1);
/// How long ended tokens are kept, for whoever asks why theirs does not work.
const TOKENS_KEPT: time::Duration = time::Duration::days(7);

pub(super) struct Ended;

#[async_trait]
impl Reconciler for Ended {
    fn name(&self) -> &'static str {
        "ended sessions"
    }

    fn every(&self) -> Duration {
        Duration::from_mins(10)
    }

    async fn reconcile(&self, app: &App) -> sqlx::Result<u64> {
        let now = app.clock().now();
        let mut connection = app.pool().acquire().await?;
        let failures =
            db::failures::delete_old(&mut connection, now - FAILURES_KEPT, SWEPT_MAX).await?;
        let tokens =
            db::tokens::delete_ended(&mut connection, now - TOKENS_KEPT, SWEPT_MAX).await?;
        Ok(failures + tokens)
    }
}
