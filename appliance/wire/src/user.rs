//! People.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a person may do on the whole site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Everything
    Owner,
    /// Their own workspaces, from the site's templates
    Member,
}

/// Whether a person may act at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UserStatus {
    /// They may
    Active,
    /// They may not; their workspaces are kept
    Suspended,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The user's id
    pub id: Uuid,
    /// Lower-case letters, digits and hyphens
    pub name: String,
    /// Empty when not known
    pub email: String,
    /// What they may do
    pub role: Role,
    /// Whether they may do it
    pub status: UserStatus,
    /// Until it is changed, nothing else is allowed
    pub must_change_password: bool,
    /// When the account was made
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// The last login by password
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub last_login_at: Option<OffsetDateTime>,
}

/// A person to be.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Lower-case letters, digits and hyphens, at most 32
    pub name: String,
    /// May stay empty
    #[serde(default)]
    pub email: String,
    /// What they may do
    pub role: Role,
    /// The first password; it is to be changed at the first login
    pub password: String,
}

/// What changes about a person; absent fields stay.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// What they may do
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether they may do it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<UserStatus>,
    /// The email address
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A new first password, set by an owner; to be changed at the next login
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// One's own new password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password so far
    pub current: String,
    /// The password from now on
    pub new: String,
}
