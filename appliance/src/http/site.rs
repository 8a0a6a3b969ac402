//! What anybody may know.

use atoll_wire::SiteInfo;

use super::body::Json;

/// What the server is
#[utoipa::path(get, path = "/site", tag = "site", responses((status = 200, body = SiteInfo)))]
pub(super) async fn info() -> Json<SiteInfo> {
    Json(SiteInfo { product: "atoll".into(), version: env!("CARGO_PKG_VERSION").into(), api: 1 })
}
