//! The product's promises as stories, and the harness they share.

pub mod demo_root;
