//! Every route of the API, in one readable list.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits::{self, Counts};
use super::{
    AppState, agents, audit, builds, bundles, license, logs, mirror, openapi, refusal, request,
    sessions, site, templates, tokens, users, versions, workspaces,
};
use crate::app::versions::PUSH_BYTES_MAX;

/// A JSON body: the largest holds the values of a workspace's parameters, 64 of 8 KiB.
const BODY_BYTES_MAX: usize = 1 << 20;

/// The whole API, to be served under any listener whose connections say who is there.
pub fn router(state: AppState) -> Router {
    let counts = Counts::default();
    let (router, _) = routes().split_for_parts();
    router
        .fallback(refusal::not_found)
        .method_not_allowed_fallback(refusal::not_found)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(counts, limits::limit))
        .layer(from_fn(request::bound))
        .layer(from_fn(refusal::render))
        .layer(from_fn(request::trace))
        .with_state(state)
}

/// The routes, each with its documentation.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    let api = OpenApiRouter::new()
        .routes(routes!(site::info))
        .routes(routes!(openapi::serve))
        .routes(routes!(sessions::login))
        .routes(routes!(sessions::open))
        .routes(routes!(sessions::logout))
        .routes(routes!(sessions::whoami))
        .routes(routes!(sessions::change_password))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::show, users::update, users::delete))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(templates::list))
        .routes(routes!(templates::show, templates::update, templates::delete))
        .routes(routes!(versions::list))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(versions::push))
                .layer(DefaultBodyLimit::max(PUSH_BYTES_MAX)),
        )
        .routes(routes!(versions::show))
        .routes(routes!(versions::files))
        .routes(routes!(workspaces::list, workspaces::create))
        .routes(routes!(workspaces::show))
        .routes(routes!(agents::tunnel))
        .routes(routes!(agents::connect))
        .routes(routes!(builds::list, builds::create))
        .routes(routes!(builds::show))
        .routes(routes!(builds::cancel))
        .routes(routes!(logs::of_build))
        .routes(routes!(logs::of_job))
        .routes(routes!(license::show, license::activate))
        .routes(routes!(license::request))
        .routes(routes!(bundles::list, bundles::import))
        .routes(routes!(audit::list))
        .routes(routes!(mirror::repositories))
        .routes(routes!(mirror::tags))
        .routes(routes!(mirror::robots, mirror::create_robot))
        .routes(routes!(mirror::revoke_robot))
        .routes(routes!(mirror::node_config));
    OpenApiRouter::with_openapi(openapi::header()).nest("/api/v1", api)
}
