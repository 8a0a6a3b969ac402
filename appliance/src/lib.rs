//! Atoll: one binary that carries a development platform across an air gap and runs it there.
//!
//! Read in this order: `error` (what every failure says), `cli` (what a person can ask), then the
//! rooms those commands lead to. ARCHITECTURE.md has the map and the walls between the rooms.

pub mod app;
pub mod cli;
pub mod client;
pub mod clock;
pub mod compose;
pub mod config;
pub mod db;
mod durable;
pub mod egress;
pub mod embed;
pub mod error;
pub mod http;
pub mod import;
pub mod install;
pub mod jobs;
pub mod lifecycle;
pub mod listen;
pub mod model;
pub mod preflight;
pub mod provision;
pub mod queue;
pub mod reconcile;
pub mod roots;
pub mod secret;
pub mod site;
pub mod status;
mod suggest;
pub mod tls;
pub mod trust;
pub mod tunnel;
pub mod uninstall;

/// Where a site keeps everything unless told otherwise.
pub const DATA_DIR_DEFAULT: &str = "/var/lib/atoll";
