//! How the API says that something failed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A failure: what, why, and what the reader can do about it without a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Kebab-case, stable across releases
    #[schema(example = "workspace-name-taken")]
    pub code: String,
    /// What failed, in one line
    pub message: String,
    /// Why, outermost first; empty when the message says it all
    #[serde(default)]
    pub cause: String,
    /// What to do, offline, with the command to type
    pub remedy: String,
    /// Whether the same request can succeed later without anybody acting
    pub retryable: bool,
    /// Finds the request in the server's log
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// The failure
    pub error: Problem,
}
