//! What every request has: an id, a bound in time, a line in the log, an end even when we panic.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::HeaderValue;

use super::Refusal;
use crate::clock::random_bytes;
use crate::error::{Problem, codes};

/// How long a handler may take to begin its answer. A followed log begins at once.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// Random bytes in the id of a request: enough to find one line in a log.
const ID_BYTES: usize = 6;

/// The id of a request: in the log, the answer's header and every problem.
#[derive(Debug, Clone, Default)]
pub struct RequestId(pub String);

/// Outermost: gives the request its id and writes a line when it is answered.
pub(super) async fn trace(mut request: Request, next: Next) -> Response {
    let id = hex::encode(random_bytes::<ID_BYTES>());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let started = Instant::now();
    let mut response = next.run(request).await;
    let route = response.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_millis());
    tracing::info!(
        request.id = id,
        %method,
        path = route.unwrap_or(path),
        status,
        duration_ms,
        "answered"
    );
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Innermost: an answer in time, and an answer even when the handler panics.
pub(super) async fn bound(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let handler = std::panic::AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match tokio::time::timeout(ANSWER_WITHIN, handler).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => {
            let message = "the request met a state held to be impossible";
            Refusal(Problem::new(&codes::INTERNAL, message)).into_response()
        }
        Err(_) => {
            let seconds = ANSWER_WITHIN.as_secs();
            let message = format!("the request was not answered within {seconds} s");
            Refusal(Problem::new(&codes::server::REQUEST_TIMEOUT, message)).into_response()
        }
    };
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    let headers = response.headers_mut();
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.entry(http::header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
