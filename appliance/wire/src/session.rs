//! Logging in.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::User;

/// A name and a password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user's name
    pub name: String,
    /// The user's password
    pub password: String,
}

/// The answer to a login that succeeded.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct LoginAnswer {
    /// The bearer token of the session: for `Authorization: Bearer`
    pub token: String,
    /// When the session ends
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Who logged in
    pub user: User,
}

/// Who is asking, as the server sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Whoami {
    /// The user acted for
    pub user: User,
    /// How they proved it: `token`, `session` or `socket`
    pub via: String,
}
