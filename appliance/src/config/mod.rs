//! The site's configuration: one `site.toml`, `ATOLL_*` variables and flags, in that order of
//! precedence from weakest to strongest, over defaults that need nothing.
//!
//! Knows no other room. Secrets are never values here: a key that needs one names a file.

mod edit;
mod key;
mod load;
mod sections;

pub use edit::set;
pub use key::{Apply, Key, keys};
pub use load::{Layers, Loaded, Origin};
pub use sections::{Cluster, Database, Jobs, Log, LogFormat, Server};

use serde::{Deserialize, Serialize};

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "site.toml";

/// `site.toml` is written by people: anything larger is not one.
pub const FILE_BYTES_MAX: u64 = 1 << 20;

/// Every setting of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the site listens and what it is called.
    pub server: Server,
    /// Which Postgres holds the state.
    pub database: Database,
    /// Which Kubernetes cluster runs the workspaces.
    pub cluster: Cluster,
    /// How much work runs at once.
    pub jobs: Jobs,
    /// What is written to the log.
    pub log: Log,
}
