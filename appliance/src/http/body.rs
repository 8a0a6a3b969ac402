//! Extractors whose refusals are problems like all others.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use super::Refusal;
use crate::error::{Problem, codes};

/// A JSON body, either way.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Refusal))]
pub(super) struct Json<T>(pub(super) T);

/// The variables of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Refusal))]
pub(super) struct Path<T>(pub(super) T);

/// The query.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Refusal))]
pub(super) struct Query<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self(Problem::new(&codes::server::BODY_TOO_LARGE, "the body is too large"));
        }
        malformed("the request's body cannot be read", &rejection)
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        malformed("the request's path cannot be read", &rejection)
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        malformed("the request's query cannot be read", &rejection)
    }
}

fn malformed(message: &str, cause: &(dyn std::error::Error + 'static)) -> Refusal {
    Refusal(Problem::new(&codes::server::REQUEST_MALFORMED, message).because(cause))
}
