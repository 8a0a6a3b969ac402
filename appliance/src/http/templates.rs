//! Templates.

use atoll_wire::{Page, ProblemBody, Template, UpdateTemplate};
use axum::extract::State;
use http::StatusCode;

use super::body::{Json, Path, Query};
use super::refusal::Answer;
use super::users::After;
use super::{AppState, Auth};
use crate::app::{Limit, templates};

/// List templates
#[utoipa::path(get, path = "/templates", tag = "templates", security(("token" = [])),
    params(After),
    responses((status = 200, body = Page<Template>), (status = "default", body = ProblemBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Query(query): Query<After>,
) -> Answer<Json<Page<Template>>> {
    Ok(Json(templates::list(&state.app, &caller, query.after, Limit::of(query.limit)).await?))
}

/// Show a template
#[utoipa::path(get, path = "/templates/{template}", tag = "templates", security(("token" = [])),
    params(("template" = String, Path)),
    responses((status = 200, body = Template), (status = "default", body = ProblemBody)))]
pub(super) async fn show(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(template): Path<String>,
) -> Answer<Json<Template>> {
    Ok(Json(templates::show(&state.app, &caller, &template).await?))
}

/// Change a template, also which version new workspaces get
#[utoipa::path(patch, path = "/templates/{template}", tag = "templates",
    security(("token" = [])), params(("template" = String, Path)),
    request_body = UpdateTemplate,
    responses((status = 200, body = Template), (status = "default", body = ProblemBody)))]
pub(super) async fn update(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(template): Path<String>,
    Json(change): Json<UpdateTemplate>,
) -> Answer<Json<Template>> {
    Ok(Json(templates::update(&state.app, &caller, &template, change).await?))
}

/// Remove a template that no workspace was made from
#[utoipa::path(delete, path = "/templates/{template}", tag = "templates",
    security(("token" = [])), params(("template" = String, Path)),
    responses((status = 204), (status = "default", body = ProblemBody)))]
pub(super) async fn delete(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(template): Path<String>,
) -> Answer<StatusCode> {
    templates::delete(&state.app, &caller, &template).await?;
    Ok(StatusCode::NO_CONTENT)
}
