//! The manifests that are about another one: signatures, SBOMs, attestations.

use axum::Json;
use axum::response::IntoResponse;
use http::header::{CONTENT_TYPE, LINK};
use http::{HeaderName, HeaderValue, Method};
use serde_json::json;

use super::query::encoded;
use super::request::{Answer, Call, parse_digest};
use crate::manifest::OCI_INDEX;

const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

pub(super) async fn serve(call: Call, digest: &str) -> Answer {
    if call.method != Method::GET && call.method != Method::HEAD {
        return Err(call.unsupported());
    }
    let subject = parse_digest(digest)?;
    let artifact_type = call.query.get("artifactType");
    let after = call.query.get("last");
    let page =
        call.store().referrers(&call.repository, subject.as_str(), artifact_type, after).await?;
    let next = page.descriptors.last().filter(|_| page.more).map(|last| {
        let filter = artifact_type
            .map(|kind| format!("artifactType={}&", encoded(kind)))
            .unwrap_or_default();
        let path = format!("/v2/{}/referrers/{subject}", call.repository);
        format!("<{path}?{filter}last={}>; rel=\"next\"", encoded(&last.digest))
    });
    let index =
        json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": page.descriptors });
    let mut response = Json(index).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(OCI_INDEX));
    if artifact_type.is_some() {
        headers.insert(FILTERS_APPLIED, HeaderValue::from_static("artifactType"));
    }
    if let Some(link) = next.and_then(|next| HeaderValue::try_from(next).ok()) {
        headers.insert(LINK, link);
    }
    Ok(response)
}
