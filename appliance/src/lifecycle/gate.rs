//! What answers before, while and after the site does: health, readiness, and "not yet" for all
//! else. The listeners are open from the first moment, so that a long recovery is visible.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;

use crate::error::{Problem, codes};

/// A database that is well answers `select 1` at once; monitors do not wait longer.
const PING_LIMIT: Duration = Duration::from_secs(2);
/// What a client may wait before it asks again, in seconds.
const RETRY_AFTER_SECONDS: u16 = 2;

/// How far the site is.
#[derive(Debug, Clone)]
enum Phase {
    /// Doing this before it can serve.
    Starting(String),
    /// Serving with this router, from this database.
    Ready(Router, PgPool),
    /// Ending.
    Stopping,
}

/// Switches all listeners at once.
#[derive(Debug, Clone)]
pub(super) struct Gate(Arc<RwLock<Phase>>);

impl Gate {
    pub(super) fn new() -> Self {
        Self(Arc::new(RwLock::new(Phase::Starting("starting".into()))))
    }

    pub(super) fn starting(&self, what: &str) {
        self.set(Phase::Starting(what.to_owned()));
    }

    pub(super) fn ready(&self, router: Router, pool: PgPool) {
        self.set(Phase::Ready(router, pool));
    }

    pub(super) fn stopping(&self) {
        self.set(Phase::Stopping);
    }

    fn set(&self, phase: Phase) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    fn phase(&self) -> Phase {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The router every listener serves.
    pub(super) fn router(&self) -> Router {
        Router::new()
            .route("/healthz", get(async || axum::Json(json!({ "status": "alive" }))))
            .route("/readyz", get(readiness))
            .fallback(pass)
            .with_state(self.clone())
    }
}

async fn readiness(State(gate): State<Gate>) -> Response {
    match gate.phase() {
        Phase::Starting(what) => {
            refuse(&Problem::new(&codes::lifecycle::STARTING, format!("the site is {what}")))
        }
        Phase::Stopping => refuse(&stopping()),
        Phase::Ready(_, pool) => {
            let asked = tokio::time::timeout(PING_LIMIT, sqlx::raw_sql("select 1").execute(&pool));
            match asked.await {
                Ok(Ok(_)) => axum::Json(json!({ "status": "ready" })).into_response(),
                Ok(Err(error)) => refuse(
                    &Problem::new(&codes::lifecycle::STARTING, "the database does not answer")
                        .because(&error),
                ),
                Err(_) => refuse(&Problem::new(
                    &codes::lifecycle::STARTING,
                    format!("the database does not answer within {} s", PING_LIMIT.as_secs()),
                )),
            }
        }
    }
}

async fn pass(State(gate): State<Gate>, request: Request) -> Result<Response, Infallible> {
    match gate.phase() {
        Phase::Ready(router, _) => router.oneshot(request).await,
        Phase::Starting(what) => {
            let message = format!("the site is {what}");
            Ok(refuse(&Problem::new(&codes::lifecycle::STARTING, message)))
        }
        Phase::Stopping => Ok(refuse(&stopping())),
    }
}

fn stopping() -> Problem {
    Problem::new(&codes::lifecycle::STOPPING, "the site is stopping")
}

/// A problem in the API's form.
fn refuse(problem: &Problem) -> Response {
    let code = problem.code();
    let status = StatusCode::from_u16(code.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(body(problem))).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    response
}

fn body(problem: &Problem) -> Value {
    json!({ "error": {
        "code": problem.code().id,
        "message": problem.message(),
        "cause": problem.cause(),
        "remedy": problem.remedy_text(),
        "retryable": problem.retryable(),
    }})
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    async fn status(gate: &Gate, path: &str) -> u16 {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        gate.router().oneshot(request).await.expect("infallible").status().as_u16()
    }

    #[tokio::test]
    async fn a_starting_site_is_alive_but_not_ready_and_says_so_everywhere() {
        let gate = Gate::new();
        assert_eq!(status(&gate, "/healthz").await, 200);
        assert_eq!(status(&gate, "/readyz").await, 503);
        assert_eq!(status(&gate, "/api/v1/users").await, 503);
        let pool = PgPool::connect_lazy("postgres://a@127.0.0.1:1/a").expect("lazy");
        let router = Router::new().route("/api/v1/users", get(async || "them"));
        gate.ready(router, pool);
        assert_eq!(status(&gate, "/api/v1/users").await, 200);
        assert_eq!(status(&gate, "/elsewhere").await, 404);
        gate.stopping();
        assert_eq!(status(&gate, "/api/v1/users").await, 503);
    }
}
