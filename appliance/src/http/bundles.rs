//! Bundles.

use atoll_wire::{Bundle, ImportBundle, ProblemBody, StartedJob};
use axum::extract::State;
use http::StatusCode;

use super::body::Json;
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::{Limit, bundles};

/// List the bundles that were taken in, the last first
#[utoipa::path(get, path = "/bundles", tag = "bundles", security(("token" = [])),
    responses((status = 200, body = Vec<Bundle>), (status = "default", body = ProblemBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Auth(caller): Auth,
) -> Answer<Json<Vec<Bundle>>> {
    Ok(Json(bundles::list(&state.app, &caller, Limit::default()).await?))
}

/// Take a bundle in that lies on the server's machine
#[utoipa::path(post, path = "/bundles", tag = "bundles", security(("token" = [])),
    request_body = ImportBundle,
    responses((status = 202, body = StartedJob), (status = "default", body = ProblemBody)))]
pub(super) async fn import(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Json(request): Json<ImportBundle>,
) -> Answer<(StatusCode, Json<StartedJob>)> {
    let started = bundles::import(&state.app, &caller, request).await?;
    Ok((StatusCode::ACCEPTED, Json(started)))
}
