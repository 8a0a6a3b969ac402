//! A problem on its way out: status, headers, body.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::RequestId;
use crate::app::wire_problem;
use crate::error::{Problem, codes};

/// Seconds after which a client that asked too much may ask again.
const RETRY_AFTER_SECONDS: u32 = 60;

/// What handlers fail with.
#[derive(Debug)]
pub struct Refusal(pub Problem);

/// The answer of every handler.
pub(super) type Answer<T> = Result<T, Refusal>;

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refusal {
    /// The body is written by [`render`], which knows the request.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code().http);
        let mut response = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        response.extensions_mut().insert(Carried(self.0));
        response
    }
}

#[derive(Clone)]
struct Carried(Problem);

/// Middleware that gives a refusal its body and writes down those that somebody should act on.
pub(super) async fn render(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let mut response = next.run(request).await;
    let Some(Carried(problem)) = response.extensions_mut().remove::<Carried>() else {
        return response;
    };
    if response.status().is_server_error() {
        let (code, cause) = (problem.code().id, problem.cause());
        tracing::error!(request.id = id.0, code, cause, "{problem}");
    }
    let mut error = wire_problem(&problem);
    error.request_id = id.0;
    let body = Json(atoll_wire::ProblemBody { error });
    let mut answer = (response.status(), body).into_response();
    let headers = answer.headers_mut();
    match response.status() {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        _ => {}
    }
    answer
}

/// What is answered where the API has nothing.
pub(super) async fn not_found(request: Request) -> Refusal {
    let message = format!("there is nothing at `{} {}`", request.method(), request.uri().path());
    Refusal(Problem::new(&codes::server::ROUTE_NOT_FOUND, message))
}
