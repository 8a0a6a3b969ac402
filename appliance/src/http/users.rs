//! People.

use atoll_wire::{CreateUser, Page, ProblemBody, UpdateUser, User};
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::{Json, Path, Query};
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::{Limit, users};

/// Where a list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    /// The `next` of the piece before
    pub(super) after: Option<String>,
    /// How many at most
    pub(super) limit: Option<u32>,
}

/// List users
#[utoipa::path(get, path = "/users", tag = "users", security(("token" = [])), params(After),
    responses((status = 200, body = Page<User>), (status = "default", body = ProblemBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Query(query): Query<After>,
) -> Answer<Json<Page<User>>> {
    Ok(Json(users::list(&state.app, &caller, query.after, Limit::of(query.limit)).await?))
}

/// Create a user, who changes the password at the first login
#[utoipa::path(post, path = "/users", tag = "users", security(("token" = [])),
    request_body = CreateUser,
    responses((status = 201, body = User), (status = "default", body = ProblemBody)))]
pub(super) async fn create(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Json(request): Json<CreateUser>,
) -> Answer<(StatusCode, Json<User>)> {
    Ok((StatusCode::CREATED, Json(users::create(&state.app, &caller, request).await?)))
}

/// Show a user, by name or id; `me` is oneself
#[utoipa::path(get, path = "/users/{user}", tag = "users", security(("token" = [])),
    params(("user" = String, Path)),
    responses((status = 200, body = User), (status = "default", body = ProblemBody)))]
pub(super) async fn show(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(user): Path<String>,
) -> Answer<Json<User>> {
    Ok(Json(users::show(&state.app, &caller, &user).await?))
}

/// Change a user; a new password or a suspension ends their sessions and tokens
#[utoipa::path(patch, path = "/users/{user}", tag = "users", security(("token" = [])),
    params(("user" = String, Path)), request_body = UpdateUser,
    responses((status = 200, body = User), (status = "default", body = ProblemBody)))]
pub(super) async fn update(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(user): Path<String>,
    Json(change): Json<UpdateUser>,
) -> Answer<Json<User>> {
    Ok(Json(users::update(&state.app, &caller, &user, change).await?))
}

/// Remove a user who owns no workspace
#[utoipa::path(delete, path = "/users/{user}", tag = "users", security(("token" = [])),
    params(("user" = String, Path)),
    responses((status = 204), (status = "default", body = ProblemBody)))]
pub(super) async fn delete(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(user): Path<String>,
) -> Answer<StatusCode> {
    users::delete(&state.app, &caller, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}
