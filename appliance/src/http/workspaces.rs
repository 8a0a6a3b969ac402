//! Workspaces.

use atoll_wire::{CreateWorkspace, Page, ProblemBody, Workspace};
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::{Json, Path, Query};
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::Limit;
use crate::app::workspaces::{self, Listing};

/// Which workspaces to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Whose; absent or `me`: one's own
    owner: Option<String>,
    /// Only the one of this name
    name: Option<String>,
    /// Everybody's, for owners of the site
    #[serde(default)]
    all: bool,
    /// The `next` of the piece before
    after: Option<Uuid>,
    /// How many at most
    limit: Option<u32>,
}

/// List workspaces
#[utoipa::path(get, path = "/workspaces", tag = "workspaces", security(("token" = [])),
    params(ListQuery),
    responses((status = 200, body = Page<Workspace>), (status = "default", body = ProblemBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Query(ListQuery { owner, name, all, after, limit }): Query<ListQuery>,
) -> Answer<Json<Page<Workspace>>> {
    let listing = Listing { owner, all, name, after, limit: Limit::of(limit) };
    Ok(Json(workspaces::list(&state.app, &caller, listing).await?))
}

/// Create a workspace; its first build starts it
#[utoipa::path(post, path = "/workspaces", tag = "workspaces", security(("token" = [])),
    request_body = CreateWorkspace,
    responses((status = 201, body = Workspace), (status = "default", body = ProblemBody)))]
pub(super) async fn create(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Json(request): Json<CreateWorkspace>,
) -> Answer<(StatusCode, Json<Workspace>)> {
    Ok((StatusCode::CREATED, Json(workspaces::create(&state.app, &caller, request).await?)))
}

/// Show a workspace
#[utoipa::path(get, path = "/workspaces/{id}", tag = "workspaces", security(("token" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Workspace), (status = "default", body = ProblemBody)))]
pub(super) async fn show(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(id): Path<Uuid>,
) -> Answer<Json<Workspace>> {
    Ok(Json(workspaces::show(&state.app, &caller, id).await?))
}
