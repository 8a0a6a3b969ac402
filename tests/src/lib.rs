//! The product's promises as stories, and the harness they share.

pub mod cluster;
pub mod demo_root;
