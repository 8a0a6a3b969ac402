//! The API's own description, from the handlers themselves.

use axum::Json;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// What stands above the routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Atoll",
        description = "The API of an Atoll site. Every failure has the body `ProblemBody`; its codes are listed in the documentation of errors.",
        license(name = "Apache-2.0")
    ),
    modifiers(&Security)
)]
struct Header;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token (`atoll token create`) or a session's token"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

pub(super) fn header() -> OpenApi {
    Header::openapi()
}

/// The whole description.
pub fn document() -> OpenApi {
    super::router::routes().into_openapi()
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "site", responses((status = 200, description = "OpenAPI")))]
pub(super) async fn serve() -> Json<OpenApi> {
    Json(document())
}
