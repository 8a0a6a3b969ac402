//! The jobs that use cases enqueue: names and payloads. What they do is in `jobs`.

use std::path::PathBuf;

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

/// Takes a bundle in that lies on this machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportBundle {
    /// Where.
    pub path: PathBuf,
    /// Whether tags and templates stay as they are.
    pub content_only: bool,
    /// Whether only to say what would be done.
    pub dry_run: bool,
    /// In whose name.
    pub caller_id: Uuid,
}

impl Payload for ImportBundle {
    const KIND: &'static str = "bundle-import";
    /// An import goes on where it stopped: restarts of the server cost nothing but time.
    const ATTEMPTS_MAX: i32 = 10;
}
