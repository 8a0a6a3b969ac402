//! The API under `/api/v1`: one file a noun; each handler extracts, calls one use case, converts.
//!
//! It knows use cases and the words of the wire, and neither queries nor drivers.

mod agents;
mod audit;
mod auth;
mod body;
mod builds;
mod bundles;
mod license;
mod limits;
mod logs;
mod mirror;
mod openapi;
mod refusal;
pub mod registry;
mod request;
mod router;
mod sessions;
mod site;
mod templates;
mod tokens;
mod users;
mod versions;
mod workspaces;

pub use auth::{Auth, SESSION_COOKIE};
pub use mirror::MirrorPart;
pub use openapi::document;
pub use refusal::Refusal;
pub use request::RequestId;
pub use router::router;

use std::sync::Arc;

use crate::app::App;
use crate::tunnel::Hub;

/// What handlers work with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    /// Use cases.
    pub app: App,
    /// The addresses a browser may show for this site, such as `https://atoll.example:7443`:
    /// pages from anywhere else may change nothing.
    pub origins: Arc<[String]>,
    /// The connected agents.
    pub hub: Arc<Hub>,
}

impl AppState {
    /// The state of one server: whoever makes it also runs [`Hub::report_for_ever`].
    pub fn new(app: App, origins: Arc<[String]>) -> Self {
        let hub = agents::hub(&app);
        Self { app, origins, hub }
    }
}
