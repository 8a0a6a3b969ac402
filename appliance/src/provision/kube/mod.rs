//! The `kubernetes` driver: manifests applied to the site's cluster.
//!
//! A build goes through stages that are types: `gather` looks, `validate` and `build` decide
//! without touching anything, `plan` compares, `apply` acts and `status` waits. What each stage
//! may assume is what the stage before it proved.

pub mod account;
mod apply;
mod build;
mod call;
mod driver;
mod failure;
mod gather;
mod inventory;
mod kind;
mod plan;
mod refusal;
mod settings;
mod status;
mod template;
mod validate;

#[cfg(test)]
mod fixtures;

pub use driver::KubeDriver;
pub use settings::{KubeSettings, LABEL_PREFIX_DEFAULT, UNSCHEDULABLE_DEFAULT};
