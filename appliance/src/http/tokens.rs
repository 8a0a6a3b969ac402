//! One's own tokens and sessions.

use atoll_wire::{CreateToken, CreatedToken, Page, ProblemBody, Token};
use axum::extract::State;
use http::StatusCode;

use super::body::{Json, Path};
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::tokens;

/// List one's tokens and sessions, newest first
#[utoipa::path(get, path = "/tokens", tag = "tokens", security(("token" = [])),
    responses((status = 200, body = Page<Token>), (status = "default", body = ProblemBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Auth(caller): Auth,
) -> Answer<Json<Page<Token>>> {
    Ok(Json(tokens::list(&state.app, &caller).await?))
}

/// Create an API token, whose secret is in this answer and nowhere else
#[utoipa::path(post, path = "/tokens", tag = "tokens", security(("token" = [])),
    request_body = CreateToken,
    responses((status = 201, body = CreatedToken), (status = "default", body = ProblemBody)))]
pub(super) async fn create(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Json(request): Json<CreateToken>,
) -> Answer<(StatusCode, Json<CreatedToken>)> {
    Ok((StatusCode::CREATED, Json(tokens::create(&state.app, &caller, request).await?)))
}

/// Revoke a token or end a session, by id or name
#[utoipa::path(delete, path = "/tokens/{token}", tag = "tokens", security(("token" = [])),
    params(("token" = String, Path)),
    responses((status = 204), (status = "default", body = ProblemBody)))]
pub(super) async fn revoke(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(token): Path<String>,
) -> Answer<StatusCode> {
    tokens::revoke(&state.app, &caller, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
