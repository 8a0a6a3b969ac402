//! The `kubernetes` driver: manifests applied to the site's cluster.
//!
//! A build goes through stages that are types: `gather` looks, `validate` and `build` decide
//! without touching anything, `apply` acts and `status` waits. What each stage may assume is what
//! the stage before it proved.

mod kind;
mod refusal;
mod template;
