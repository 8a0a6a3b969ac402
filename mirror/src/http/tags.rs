//! The list of a repository's tags, a page at a time.

use axum::Json;
use axum::response::IntoResponse;
use http::header::LINK;
use http::{HeaderValue, Method};
use serde_json::json;

use super::codes;
use super::query::encoded;
use super::refusal::Refused;
use super::request::{Answer, Call};

pub(super) async fn serve(call: Call) -> Answer {
    if call.method != Method::GET && call.method != Method::HEAD {
        return Err(call.unsupported());
    }
    let asked: Option<u32> = match call.query.get("n") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_error| {
            Refused::new(&codes::REFERENCE_INVALID, "the parameter `n` is a number of tags")
        })?),
    };
    let last = call.query.get("last");
    let Some(page) = call.store().tags(&call.repository, last, asked.unwrap_or(u32::MAX)).await?
    else {
        let message = format!("the mirror has no repository `{}`", call.repository);
        return Err(Refused::new(&codes::REPOSITORY_UNKNOWN, message));
    };
    let next = page.tags.last().filter(|_| page.more).map(|last| {
        let n = asked.map(|n| format!("n={n}&")).unwrap_or_default();
        format!("</v2/{}/tags/list?{n}last={}>; rel=\"next\"", call.repository, encoded(last))
    });
    let mut response = Json(json!({ "name": call.requested, "tags": page.tags })).into_response();
    if let Some(link) = next.and_then(|next| HeaderValue::try_from(next).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}
