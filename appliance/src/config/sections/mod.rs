//! One file a section: its type and its keys, side by side.

mod cluster;
mod database;
mod jobs;
mod log;
mod server;

pub use cluster::Cluster;
pub use database::Database;
pub use jobs::Jobs;
pub use log::{Log, LogFormat};
pub use server::Server;

use super::Key;

/// The keys of every section.
pub(super) const KEYS: &[&[Key]] =
    &[server::KEYS, database::KEYS, cluster::KEYS, jobs::KEYS, log::KEYS];
