//! Versions of templates.

use atoll_wire::{Page, ProblemBody, TemplateVersion};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use http::{HeaderName, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::{Json, Path, Query};
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::Limit;
use crate::app::versions::{self, Push};
use crate::error::{Problem, codes};

/// Where a list that goes backwards goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Before {
    /// The `next` of the piece before
    pub(super) after: Option<i32>,
    /// How many at most
    pub(super) limit: Option<u32>,
}

/// What is said with a version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PushQuery {
    /// What the pusher says about it
    #[serde(default)]
    message: String,
    /// Whether new workspaces get it once it is imported
    #[serde(default = "yes")]
    activate: bool,
}

fn yes() -> bool {
    true
}

/// List a template's versions, newest first
#[utoipa::path(get, path = "/templates/{template}/versions", tag = "templates",
    security(("token" = [])), params(("template" = String, Path), Before),
    responses((status = 200, body = Page<TemplateVersion>),
              (status = "default", body = ProblemBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(template): Path<String>,
    Query(query): Query<Before>,
) -> Answer<Json<Page<TemplateVersion>>> {
    let limit = Limit::of(query.limit);
    Ok(Json(versions::list(&state.app, &caller, &template, query.after, limit).await?))
}

/// Push a version: a tar, compressed with zstd, which a job then imports
///
/// The template is made if there is none of this name.
#[utoipa::path(post, path = "/templates/{template}/versions", tag = "templates",
    security(("token" = [])), params(("template" = String, Path), PushQuery),
    request_body(content = Vec<u8>, content_type = "application/zstd"),
    responses((status = 202, body = TemplateVersion), (status = "default", body = ProblemBody)))]
pub(super) async fn push(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(template): Path<String>,
    Query(PushQuery { message, activate }): Query<PushQuery>,
    files: Result<Bytes, BytesRejection>,
) -> Answer<(StatusCode, Json<TemplateVersion>)> {
    let files = files.map_err(|rejection| {
        Problem::new(&codes::server::BODY_TOO_LARGE, "the template cannot be read")
            .because(&rejection)
    })?;
    let push = Push { template, files: files.into(), message, activate };
    Ok((StatusCode::ACCEPTED, Json(versions::push(&state.app, &caller, push).await?)))
}

/// Show a version
#[utoipa::path(get, path = "/templates/{template}/versions/{number}", tag = "templates",
    security(("token" = [])), params(("template" = String, Path), ("number" = i32, Path)),
    responses((status = 200, body = TemplateVersion), (status = "default", body = ProblemBody)))]
pub(super) async fn show(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path((template, number)): Path<(String, i32)>,
) -> Answer<Json<TemplateVersion>> {
    Ok(Json(versions::show(&state.app, &caller, &template, number).await?))
}

/// Read the files of a version: a tar, compressed with zstd
#[utoipa::path(get, path = "/templates/{template}/versions/{number}/files", tag = "templates",
    security(("token" = [])), params(("template" = String, Path), ("number" = i32, Path)),
    responses((status = 200, content_type = "application/zstd", body = Vec<u8>),
              (status = "default", body = ProblemBody)))]
pub(super) async fn files(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path((template, number)): Path<(String, i32)>,
) -> Answer<([(HeaderName, &'static str); 1], Vec<u8>)> {
    let files = versions::files(&state.app, &caller, &template, number).await?;
    Ok(([(header::CONTENT_TYPE, "application/zstd")], files))
}
