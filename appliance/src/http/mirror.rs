//! The mirror for people: what it holds, its robots, and what to put on nodes.

use std::sync::Arc;

use atoll_mirror::Store;
use atoll_wire::{
    CreateNodeConfig, CreateRobot, CreatedRobot, MirrorRepository, MirrorTag, NodeConfig, Page,
    ProblemBody, Robot,
};
use axum::Extension;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::{Json, Path, Query};
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::node_config::MirrorAddress;
use crate::app::{mirror, node_config, robots};

/// The mirror of the running site; laid under the API as an extension where it is put together.
#[derive(Debug, Clone)]
pub struct MirrorPart {
    /// What it holds.
    pub store: Store,
    /// Where nodes reach it.
    pub address: Arc<MirrorAddress>,
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Behind {
    /// Only names behind this one
    #[serde(default)]
    after: String,
}

/// Which repository.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    /// Its name, upstream host first
    repository: String,
}

/// List the repositories of the mirror
#[utoipa::path(get, path = "/mirror/repositories", tag = "mirror", security(("token" = [])),
    params(Behind),
    responses((status = 200, body = Page<MirrorRepository>), (status = "default", body = ProblemBody)))]
pub(super) async fn repositories(
    Extension(part): Extension<MirrorPart>,
    Auth(caller): Auth,
    Query(behind): Query<Behind>,
) -> Answer<Json<Page<MirrorRepository>>> {
    Ok(Json(mirror::repositories(&part.store, &caller, &behind.after).await?))
}

/// List the tags of a repository of the mirror
#[utoipa::path(get, path = "/mirror/tags", tag = "mirror", security(("token" = [])),
    params(Of),
    responses((status = 200, body = Page<MirrorTag>), (status = "default", body = ProblemBody)))]
pub(super) async fn tags(
    Extension(part): Extension<MirrorPart>,
    Auth(caller): Auth,
    Query(of): Query<Of>,
) -> Answer<Json<Page<MirrorTag>>> {
    Ok(Json(mirror::tags(&part.store, &caller, &of.repository).await?))
}

/// List the robots of the mirror
#[utoipa::path(get, path = "/mirror/robots", tag = "mirror", security(("token" = [])),
    responses((status = 200, body = Page<Robot>), (status = "default", body = ProblemBody)))]
pub(super) async fn robots(
    State(state): State<AppState>,
    Auth(caller): Auth,
) -> Answer<Json<Page<Robot>>> {
    Ok(Json(robots::list(&state.app, &caller).await?))
}

/// Create a robot, whose secret is in this answer and nowhere else
#[utoipa::path(post, path = "/mirror/robots", tag = "mirror", security(("token" = [])),
    request_body = CreateRobot,
    responses((status = 201, body = CreatedRobot), (status = "default", body = ProblemBody)))]
pub(super) async fn create_robot(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Json(request): Json<CreateRobot>,
) -> Answer<(StatusCode, Json<CreatedRobot>)> {
    Ok((StatusCode::CREATED, Json(robots::create(&state.app, &caller, request).await?)))
}

/// Revoke the robots of a name, or one by its id
#[utoipa::path(delete, path = "/mirror/robots/{robot}", tag = "mirror", security(("token" = [])),
    params(("robot" = String, Path)),
    responses((status = 204), (status = "default", body = ProblemBody)))]
pub(super) async fn revoke_robot(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(robot): Path<String>,
) -> Answer<StatusCode> {
    robots::revoke(&state.app, &caller, &robot).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say what to put on a node, with a new robot for it
#[utoipa::path(post, path = "/mirror/node-config", tag = "mirror", security(("token" = [])),
    request_body = CreateNodeConfig,
    responses((status = 201, body = NodeConfig), (status = "default", body = ProblemBody)))]
pub(super) async fn node_config(
    State(state): State<AppState>,
    Extension(part): Extension<MirrorPart>,
    Auth(caller): Auth,
    Json(request): Json<CreateNodeConfig>,
) -> Answer<(StatusCode, Json<NodeConfig>)> {
    let made = node_config::create(&state.app, &caller, &part.address, request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
