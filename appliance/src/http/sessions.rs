//! Logging in and out, and who one is.

use atoll_wire::{ChangePassword, Login, LoginAnswer, ProblemBody, User, Whoami};
use axum::extract::State;
use axum::response::AppendHeaders;
use http::{HeaderName, StatusCode, header};

use super::auth::From;
use super::body::Json;
use super::refusal::Answer;
use super::{AppState, Auth, SESSION_COOKIE};
use crate::app::{login as sessions, users};

/// Log in
///
/// The answer holds the token of a session that ends when it is not used for seven days.
#[utoipa::path(post, path = "/login", tag = "session", request_body = Login,
    responses((status = 200, body = LoginAnswer), (status = "default", body = ProblemBody)))]
pub(super) async fn login(
    State(state): State<AppState>,
    From(origin): From,
    Json(login): Json<Login>,
) -> Answer<Json<LoginAnswer>> {
    Ok(Json(sessions::login(&state.app, login, origin).await?))
}

/// Log in with a browser
///
/// The session's token is set as a cookie that scripts cannot read.
#[utoipa::path(post, path = "/sessions", tag = "session", request_body = Login,
    responses((status = 200, body = User), (status = "default", body = ProblemBody)))]
pub(super) async fn open(
    State(state): State<AppState>,
    From(origin): From,
    Json(login): Json<Login>,
) -> Answer<(AppendHeaders<[(HeaderName, String); 1]>, Json<User>)> {
    let answer = sessions::login(&state.app, login, origin).await?;
    let cookie =
        format!("{SESSION_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict", answer.token);
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(answer.user)))
}

/// Log out: end the session, or forget the token, that the request carries
#[utoipa::path(post, path = "/logout", tag = "session", security(("token" = [])),
    responses((status = 204), (status = "default", body = ProblemBody)))]
pub(super) async fn logout(
    State(state): State<AppState>,
    Auth(caller): Auth,
) -> Answer<(AppendHeaders<[(HeaderName, String); 1]>, StatusCode)> {
    sessions::logout(&state.app, &caller).await?;
    let cookie = format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), StatusCode::NO_CONTENT))
}

/// Who one is
#[utoipa::path(get, path = "/whoami", tag = "session", security(("token" = [])),
    responses((status = 200, body = Whoami), (status = "default", body = ProblemBody)))]
pub(super) async fn whoami(
    State(state): State<AppState>,
    Auth(caller): Auth,
) -> Answer<Json<Whoami>> {
    Ok(Json(users::me(&state.app, &caller).await?))
}

/// Change one's own password, which ends all other sessions
#[utoipa::path(post, path = "/password", tag = "session", security(("token" = [])),
    request_body = ChangePassword,
    responses((status = 204), (status = "default", body = ProblemBody)))]
pub(super) async fn change_password(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Json(change): Json<ChangePassword>,
) -> Answer<StatusCode> {
    users::change_password(&state.app, &caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}
