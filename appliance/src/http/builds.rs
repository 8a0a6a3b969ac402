//! Builds of workspaces.

use atoll_wire::{Build, CreateBuild, Page, ProblemBody};
use axum::extract::State;
use http::StatusCode;
use uuid::Uuid;

use super::body::{Json, Path, Query};
use super::refusal::Answer;
use super::versions::Before;
use super::{AppState, Auth};
use crate::app::{Limit, builds};

/// List a workspace's builds, newest first
#[utoipa::path(get, path = "/workspaces/{id}/builds", tag = "workspaces",
    security(("token" = [])), params(("id" = Uuid, Path), Before),
    responses((status = 200, body = Page<Build>), (status = "default", body = ProblemBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(id): Path<Uuid>,
    Query(query): Query<Before>,
) -> Answer<Json<Page<Build>>> {
    let limit = Limit::of(query.limit);
    Ok(Json(builds::list(&state.app, &caller, id, query.after, limit).await?))
}

/// Start, stop or delete a workspace
#[utoipa::path(post, path = "/workspaces/{id}/builds", tag = "workspaces",
    security(("token" = [])), params(("id" = Uuid, Path)), request_body = CreateBuild,
    responses((status = 202, body = Build), (status = "default", body = ProblemBody)))]
pub(super) async fn create(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(id): Path<Uuid>,
    Json(request): Json<CreateBuild>,
) -> Answer<(StatusCode, Json<Build>)> {
    Ok((StatusCode::ACCEPTED, Json(builds::create(&state.app, &caller, id, request).await?)))
}

/// Show a build
#[utoipa::path(get, path = "/builds/{id}", tag = "workspaces", security(("token" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Build), (status = "default", body = ProblemBody)))]
pub(super) async fn show(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(id): Path<Uuid>,
) -> Answer<Json<Build>> {
    Ok(Json(builds::show(&state.app, &caller, id).await?))
}

/// Ask a build to stop
#[utoipa::path(post, path = "/builds/{id}/cancel", tag = "workspaces", security(("token" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 202, body = Build), (status = "default", body = ProblemBody)))]
pub(super) async fn cancel(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(id): Path<Uuid>,
) -> Answer<(StatusCode, Json<Build>)> {
    Ok((StatusCode::ACCEPTED, Json(builds::cancel(&state.app, &caller, id).await?)))
}
