//! What anybody may know about a site before proving who they are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The server, for a client that decides whether it can talk to it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SiteInfo {
    /// Always `atoll`
    pub product: String,
    /// The server's version
    pub version: String,
    /// The version of this API
    pub api: u32,
}
