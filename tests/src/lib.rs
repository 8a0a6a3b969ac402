//! The product's promises as stories, and the harness they share.

pub mod bundles;
pub mod cluster;
pub mod database;
pub mod demo;
pub mod demo_root;
pub mod host;
pub mod journey;
pub mod mirror;
pub mod plane;
pub mod workspace;
