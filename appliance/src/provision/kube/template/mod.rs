//! A `kubernetes` template: read, judged as far as that is possible without parameter values.
//!
//! Knows no cluster and no workspace. [`Template::render`] gives the manifests of one build.

mod expression;
mod images;
mod manifest;
mod policy;
mod read;
mod render;
mod yaml;

pub(super) use images::ImageName;
pub(super) use manifest::{Manifest, POD};
pub(super) use read::{AgentHome, Template};
pub(super) use render::{Scope, WorkspaceScope};

#[cfg(test)]
mod tests;
