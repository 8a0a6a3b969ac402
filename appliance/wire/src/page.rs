//! Lists, a bounded piece at a time.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One piece of a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's own order
    pub items: Vec<T>,
    /// Give this as `after` for the next piece; absent at the end
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
