//! The site's licenses.

use atoll_wire::{ActivateLicense, LicenseRequest, LicenseStatus, ProblemBody};
use axum::extract::State;

use super::body::Json;
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::license;

/// Show where the site's licenses stand
#[utoipa::path(get, path = "/license", tag = "license", security(("token" = [])),
    responses((status = 200, body = LicenseStatus), (status = "default", body = ProblemBody)))]
pub(super) async fn show(
    State(state): State<AppState>,
    Auth(caller): Auth,
) -> Answer<Json<LicenseStatus>> {
    Ok(Json(license::status(&state.app, &caller).await?))
}

/// Take up a license; the same one again changes nothing
#[utoipa::path(post, path = "/license", tag = "license", security(("token" = [])),
    request_body = ActivateLicense,
    responses((status = 200, body = LicenseStatus), (status = "default", body = ProblemBody)))]
pub(super) async fn activate(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Json(activation): Json<ActivateLicense>,
) -> Answer<Json<LicenseStatus>> {
    Ok(Json(license::activate(&state.app, &caller, activation).await?))
}

/// Get the document that the vendor makes a license from
#[utoipa::path(get, path = "/license/request", tag = "license", security(("token" = [])),
    responses((status = 200, body = LicenseRequest), (status = "default", body = ProblemBody)))]
pub(super) async fn request(
    State(state): State<AppState>,
    Auth(caller): Auth,
) -> Answer<Json<LicenseRequest>> {
    Ok(Json(license::request(&state.app, &caller).await?))
}
