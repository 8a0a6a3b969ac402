//! What is built on the database: every router of the site, and the work that runs beside them.

use axum::Router;

use crate::error::Outcome;
use crate::site::Layout;

use super::Database;

/// The parts of a running site.
#[derive(Debug)]
pub(super) struct Parts {
    /// Everything the listeners serve besides health.
    pub(super) router: Router,
}

/// Builds every part; nothing of it listens or works before this returns.
pub(super) async fn build(_layout: &Layout, _database: &Database) -> Outcome<Parts> {
    Ok(Parts { router: Router::new() })
}

impl Parts {
    /// Lets the work under way come to a point where it can be taken up again.
    pub(super) async fn stop(self) {}
}
