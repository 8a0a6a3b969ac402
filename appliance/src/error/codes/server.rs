//! What can go wrong with any request, whatever it asks for.

use super::Code;

/// The database does not answer.
pub const DATABASE_UNAVAILABLE: Code = Code {
    id: "database-unavailable",
    http: 503,
    retryable: true,
    meaning: "Postgres does not answer, or no connection to it was free in time. Nothing was changed.",
    remedy: "try again; if it lasts, `atoll status` says what is wrong with the database",
};

/// The database refused a statement.
pub const DATABASE_FAILED: Code = Code {
    id: "database-failed",
    http: 500,
    retryable: false,
    meaning: "Postgres refused a statement that should have been fine. Nothing was changed.",
    remedy: "`atoll status`; keep the request id and the log around it for the vendor",
};

/// The request itself is not well formed.
pub const REQUEST_MALFORMED: Code = Code {
    id: "request-malformed",
    http: 400,
    retryable: false,
    meaning: "The request's path, query or body is not what the API takes.",
    remedy: "compare with the reference, `GET /api/v1/openapi.json`; client and server may be of different versions: `atoll version`",
};

/// There is nothing at this path.
pub const ROUTE_NOT_FOUND: Code = Code {
    id: "route-not-found",
    http: 404,
    retryable: false,
    meaning: "The API has nothing at this path, or not for this method.",
    remedy: "compare with the reference, `GET /api/v1/openapi.json`; client and server may be of different versions: `atoll version`",
};

/// The body is too large.
pub const BODY_TOO_LARGE: Code = Code {
    id: "body-too-large",
    http: 413,
    retryable: false,
    meaning: "The request's body is larger than anything this path takes.",
    remedy: "send less; a template's folder may hold 4 MiB",
};

/// The request took too long.
pub const REQUEST_TIMEOUT: Code = Code {
    id: "request-timeout",
    http: 503,
    retryable: true,
    meaning: "The server did not finish the request within its bound.",
    remedy: "try again; if it lasts, `atoll status` says what is slow",
};

/// One client asks too much.
pub const TOO_MANY_REQUESTS: Code = Code {
    id: "too-many-requests",
    http: 429,
    retryable: true,
    meaning: "This client sent more requests in a minute than one client may.",
    remedy: "wait a minute; a script should follow a build with `--wait` rather than ask in a loop",
};

/// All of this area.
pub const ALL: &[&Code] = &[
    &DATABASE_UNAVAILABLE,
    &DATABASE_FAILED,
    &REQUEST_MALFORMED,
    &ROUTE_NOT_FOUND,
    &BODY_TOO_LARGE,
    &REQUEST_TIMEOUT,
    &TOO_MANY_REQUESTS,
];
