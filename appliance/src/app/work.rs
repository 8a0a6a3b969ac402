//! The jobs that use cases enqueue: names and payloads. What they do is in `jobs`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::queue::Payload;

/// Reads a pushed version of a template and proves that the site has all it names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportTemplate {
    /// The version.
    pub version_id: Uuid,
}

impl Payload for ImportTemplate {
    const KIND: &'static str = "template-import";
    /// Pure reading: what fails twice by losing its worker takes the worker with it.
    const ATTEMPTS_MAX: i32 = 3;
}

/// Takes a workspace where its build wants it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BuildWorkspace {
    /// The build.
    pub build_id: Uuid,
}

impl Payload for BuildWorkspace {
    const KIND: &'static str = "workspace-build";
    /// Restarts of the server in the midst of a build, and a database that goes away.
    const ATTEMPTS_MAX: i32 = 5;
}
