//! Sessions and API tokens.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What a token came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// A login
    Session,
    /// `atoll token create`
    Api,
}

/// A token, without its secret, which nobody can show again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// The part between the underscores
    pub id: String,
    /// Unique among one's own API tokens
    pub name: String,
    /// What it came from
    pub kind: TokenKind,
    /// When it was made
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it ends
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// When it was last used, to the minute
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}

/// An API token to be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// Unique among one's own API tokens
    pub name: String,
    /// How long it lasts; at most 365
    #[serde(default = "default_lifetime_days")]
    pub lifetime_days: u32,
}

/// Long enough for a script that somebody looks after, short enough to be renewed.
fn default_lifetime_days() -> u32 {
    90
}

/// A new API token, with its secret, for this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedToken {
    /// What can be seen again later
    pub token: Token,
    /// `atoll_<id>_<secret>`
    pub secret: String,
}
