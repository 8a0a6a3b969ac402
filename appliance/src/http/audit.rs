//! Who did what.

use atoll_wire::{AuditEntry, Page, ProblemBody};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::{Json, Query};
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::{Limit, audit};

/// Where the list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    /// The `next` of the piece before
    after: Option<i64>,
    /// How many at most
    limit: Option<u32>,
}

/// List the audit log, newest first
#[utoipa::path(get, path = "/audit", tag = "audit", security(("token" = [])), params(AuditQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = "default", body = ProblemBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Query(query): Query<AuditQuery>,
) -> Answer<Json<Page<AuditEntry>>> {
    Ok(Json(audit::list(&state.app, &caller, query.after, Limit::of(query.limit)).await?))
}
